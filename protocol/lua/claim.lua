-- Take waiting jobs under a lease on Redis's clock.
-- KEYS: ready, leases, bell, books
-- ARGV: how many, lease_ms, prefix of the job keys, bell_ms to stay awake or 0 to fall asleep
-- Returns {id, attempt, application, id, attempt, application, ...}.
-- A worker that is awake looks again by itself: while it does, nobody rings. One that falls asleep
-- takes the bell down and looks once more in the same step, so no job slips in between.
if ARGV[4] == '0' then
  redis.call('DEL', KEYS[3])
else
  redis.call('SET', KEYS[3], 1, 'PX', ARGV[4])
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local claimed = {}
for _ = 1, tonumber(ARGV[1]) do
  local id = redis.call('RPOP', KEYS[1])
  if not id then
    break
  end
  local job = ARGV[3] .. id
  local state = redis.call('HGET', job, 'state')
  if state == 'queued' then
    local attempt = redis.call('HINCRBY', job, 'attempt', 1)
    redis.call('HSET', job, 'state', 'running')
    redis.call('ZADD', KEYS[2], now + ARGV[2], id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = attempt
    claimed[#claimed + 1] = redis.call('HGET', job, 'application')
  elseif not state then
    redis.call('HINCRBY', KEYS[4], 'expired', 1)
  end
end
return claimed
