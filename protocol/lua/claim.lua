-- Take waiting jobs, oldest first, under a lease on Redis's clock.
-- ARGV: 1 to stay awake, 0 to fall asleep
-- Returns {id, attempt, application, kind, more that is asked, answer it is about, id, attempt, ...}; the
-- last three are '' of a score.
-- A worker that is awake looks again by itself: while it does, nobody rings. One that falls asleep
-- takes the bell down and looks once more in the same step, so no job slips in between.
local waiting = redis.call('ZPOPMIN', READY, CLAIM_SIZE)
if ARGV[1] == '0' then
  redis.call('DEL', BELL)
else
  redis.call('SET', BELL, 1, 'PX', BELL_MS)
end
local claimed = {}
for i = 1, #waiting, 2 do
  local id = waiting[i]
  local job = JOB .. id
  local held = redis.call('HMGET', job, 'state', 'deadline_ms', 'application', 'kind', 'asked', 'recorded')
  if not held[1] then
    forget(id)
  elseif not expire_if_late(id, held[1], held[2]) then
    local attempt = redis.call('HINCRBY', job, 'attempt', 1)
    redis.call('HSET', job, 'state', 'running')
    redis.call('ZADD', LEASES, now + LEASE_MS, id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = attempt
    for part = 3, 6 do
      claimed[#claimed + 1] = held[part] or ''
    end
  end
end
announce()
return claimed
