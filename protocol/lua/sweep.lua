-- Say that a worker lives, return jobs whose lease has ended to the front of the ready list (or to
-- the dead letters), and find out whether the doorbell must ring.
-- KEYS: ready, leases, bell, books, dead, workers
-- ARGV: prefix of the job keys, attempts allowed, ttl_ms of a dead job, bell_ms, worker, worker_ms,
--       answer of a dead job, how many to return in one call
-- Returns {returned, dead, 1 when the caller must ring, else 0}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)
redis.call('ZADD', KEYS[6], now + ARGV[6], ARGV[5])
local returned, dead = 0, 0
local ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[8])
for _, id in ipairs(ended) do
  local job = ARGV[1] .. id
  local held = redis.call('HMGET', job, 'state', 'attempt')
  redis.call('ZREM', KEYS[2], id)
  if not held[1] then
    redis.call('HINCRBY', KEYS[4], 'expired', 1)
  elseif held[1] == 'running' and tonumber(held[2]) >= tonumber(ARGV[2]) then
    redis.call('HSET', job, 'state', 'dead', 'answer', ARGV[7], 'finished_ms', now)
    redis.call('PEXPIRE', job, ARGV[3])
    redis.call('LPUSH', KEYS[5], id)
    redis.call('LTRIM', KEYS[5], 0, 9999)
    redis.call('HINCRBY', KEYS[4], 'dead', 1)
    dead = dead + 1
  elseif held[1] == 'running' then
    redis.call('HSET', job, 'state', 'queued')
    redis.call('RPUSH', KEYS[1], id)
    returned = returned + 1
  end
end
local ring = 0
if redis.call('LLEN', KEYS[1]) > 0 and redis.call('SET', KEYS[3], 1, 'NX', 'PX', ARGV[4]) then
  ring = 1
end
return {returned, dead, ring}
