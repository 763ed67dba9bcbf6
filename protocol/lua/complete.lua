-- Write the answers of claimed jobs. The first write wins; a worker that was paused past its lease
-- is fenced off, because its attempt is no longer the job's.
-- KEYS: leases, books
-- ARGV: prefix of the job keys, ttl_ms, then id, attempt, final state, answer ...
-- Returns how many answers were taken.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local taken = 0
for i = 3, #ARGV, 4 do
  local job = ARGV[1] .. ARGV[i]
  local held = redis.call('HMGET', job, 'state', 'attempt')
  if held[1] == 'running' and held[2] == ARGV[i + 1] then
    redis.call('HSET', job, 'state', ARGV[i + 2], 'answer', ARGV[i + 3], 'finished_ms', now)
    redis.call('PEXPIRE', job, ARGV[2])
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('HINCRBY', KEYS[2], ARGV[i + 2], 1)
    taken = taken + 1
  end
end
return taken
