"""The pages for people: `site` puts them together, each page is a file of its own."""
