"""What `loanscore doctor` looks at: each module one part of the service, each look one finding."""
