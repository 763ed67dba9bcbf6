-- Score a dead letter's application again, as a new job: final states never change, and whoever polls
-- the old id finds the new one named there. Repeating the step gives the same new id.
-- ARGV: id of the dead letter, id of the new job, who asks
-- Returns {id of the new job, 1 when the caller must ring}, or {} when it is no dead letter.
local dead, job = JOB .. ARGV[1], JOB .. ARGV[2]
local held = redis.call('HMGET', dead, 'state', 'redriven_as', 'owner', 'application', 'reference',
                        'metadata')
if held[1] ~= 'dead' then
  return {}
elseif held[2] then
  return {held[2], 0}
end
local deadline_ms = now + QUEUED_MS
redis.call('HSET', job, 'v', 2, 'state', 'queued', 'attempt', 0, 'created_ms', now, 'deadline_ms',
           deadline_ms, 'owner', held[3], 'actor', ARGV[3], 'application', held[4])
if held[5] then
  redis.call('HSET', job, 'reference', held[5])
end
if held[6] then
  redis.call('HSET', job, 'metadata', held[6])
end
redis.call('PEXPIRE', job, QUEUED_MS + RESULT_MS + TOMBSTONE_MS)
redis.call('ZADD', READY, now, ARGV[2])
redis.call('HINCRBY', BOOKS, 'accepted', 1)
redis.call('HSET', dead, 'redriven_as', ARGV[2])
redis.call('ZREM', DEAD, ARGV[1])
return {ARGV[2], redis.call('SET', BELL, 1, 'NX', 'PX', BELL_MS) and 1 or 0}
