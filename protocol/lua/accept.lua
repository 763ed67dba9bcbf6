-- Write the record of one job and put it in the ready list, or do nothing if it is there already
-- (a client that lost the answer sends the same call again).
-- The doorbell must ring when no worker is awake, and once more for every claim's worth of jobs that
-- pile up, so that a backlog wakes further workers.
-- KEYS: job, ready, bell, books
-- ARGV: id, ttl_ms, bell_ms, jobs a worker claims at once, then field, value ...
-- Returns 1 when the caller must ring, else 0.
local piled_up = false
if redis.call('EXISTS', KEYS[1]) == 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'v', 1, 'state', 'queued', 'attempt', 0, 'created_ms', now,
             unpack(ARGV, 5))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  piled_up = redis.call('LPUSH', KEYS[2], ARGV[1]) % ARGV[4] == 0
  redis.call('HINCRBY', KEYS[4], 'accepted', 1)
end
if redis.call('SET', KEYS[3], 1, 'NX', 'PX', ARGV[3]) or piled_up then
  return 1
end
return 0
