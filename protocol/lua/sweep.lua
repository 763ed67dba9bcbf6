-- Say that a worker lives, return jobs whose lease has ended to their place in the queue (or to the
-- dead letters), and find out whether the doorbell must ring.
-- ARGV: worker, answer of a dead job
-- Returns {returned, dead, 1 when the caller must ring, else 0}.
redis.call('ZREMRANGEBYSCORE', WORKERS, '-inf', now)
redis.call('ZREMRANGEBYSCORE', DEAD, '-inf', now - DEAD_MS)
redis.call('ZADD', WORKERS, now + WORKER_MS, ARGV[1])
local returned, dead = 0, 0
local ended = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now, 'LIMIT', 0, SWEEP_LIMIT)
for _, id in ipairs(ended) do
  local job = JOB .. id
  local held = redis.call('HMGET', job, 'state', 'attempt', 'deadline_ms', 'created_ms',
                          'kind')
  redis.call('ZREM', LEASES, id)
  if not held[1] then
    forget(id)
  elseif expire_if_late(id, held[1], held[3]) then
    -- nobody needs it any more
  elseif tonumber(held[2]) >= MAX_ATTEMPTS and held[5] then
    finish(id, 'failed', ARGV[2]) -- its asker knows, and nobody re-drives a question
  elseif tonumber(held[2]) >= MAX_ATTEMPTS then
    finish(id, 'dead', ARGV[2])
    redis.call('ZADD', DEAD, now, id)
    dead = dead + 1
  else
    redis.call('HSET', job, 'state', 'queued')
    redis.call('ZADD', READY, held[4], id)
    returned = returned + 1
  end
end
announce()
local ring = 0
if redis.call('ZCARD', READY) > 0 and redis.call('SET', BELL, 1, 'NX', 'PX', BELL_MS) then
  ring = 1
end
return {returned, dead, ring}
