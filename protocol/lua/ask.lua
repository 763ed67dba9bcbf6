-- Let a question about a score wait for a worker. It is a job like any other, of a short life, with the
-- application copied out of the score's record: so that asking needs no applicant's fields in the API.
-- A repeated call finds its record and changes nothing. The first write is one Redis refuses at
-- maxmemory, so a full Redis is asked nothing.
-- ARGV: id of the question, what is asked, id of the score, owner, more about it ('' for nothing; else the
-- score's answer is copied too)
-- Returns {what happened, 1 when the caller must ring}, where what happened is
--   asked        it waits
--   gone         the owner has no such score that succeeded
--   overloaded   too much is waiting, or for too long
local question = JOB .. ARGV[1]
local score = redis.call('HMGET', JOB .. ARGV[3], 'state', 'owner', 'application', 'answer')
local oldest = redis.call('ZRANGE', READY, 0, 0, 'WITHSCORES')[2]
if redis.call('EXISTS', question) == 0 then
  if score[1] ~= 'succeeded' or score[2] ~= ARGV[4] then
    return {'gone', 0}
  elseif redis.call('ZCARD', READY) >= QUEUE_LIMIT or (oldest and now - oldest > QUEUE_AGE_MS) then
    return {'overloaded', 0}
  end
  redis.call('HSET', question, 'v', 2, 'state', 'queued', 'attempt', 0, 'created_ms', now,
             'deadline_ms', now + QUESTION_DEADLINE_MS, 'owner', ARGV[4], 'application', score[3],
             'kind', ARGV[2])
  if ARGV[5] ~= '' then
    redis.call('HSET', question, 'asked', ARGV[5], 'recorded', score[4])
  end
  redis.call('PEXPIRE', question, QUESTION_MS)
  redis.call('ZADD', READY, now, ARGV[1])
  redis.call('HINCRBY', BOOKS, 'accepted', 1)
end
return {'asked', redis.call('SET', BELL, 1, 'NX', 'PX', BELL_MS) and 1 or 0}
