-- Note how an attempt ended. Only who still holds the event may: a postman that was paused past its
-- lease changes nothing, and neither does the same call sent twice.
-- KEYS: turns, webhook, post, leases, event, log
-- ARGV: webhook, event id, attempt, outcome, ms until the next attempt, log entry, ttl_ms and length
--       of the log, at most of one webhook at once, ttl_ms of what waits
-- Returns 1 when it was noted, else 0.
if redis.call('HGET', KEYS[5], 'attempts') ~= ARGV[3]
   or (tonumber(redis.call('ZSCORE', KEYS[4], ARGV[2])) or 0) <= now then
  return 0
end
redis.call('ZREM', KEYS[4], ARGV[2])
if ARGV[4] == 'retrying' then
  redis.call('ZADD', KEYS[3], now + ARGV[5], ARGV[2])
  redis.call('PEXPIRE', KEYS[3], ARGV[10])
else
  redis.call('ZREM', KEYS[3], ARGV[2])
  redis.call('DEL', KEYS[5])
end
if ARGV[4] == 'disabled' then
  redis.call('HSET', KEYS[2], 'disabled_ms', now)
  redis.call('DEL', KEYS[3])
end
redis.call('LPUSH', KEYS[6], ARGV[6])
redis.call('LTRIM', KEYS[6], 0, ARGV[8] - 1)
redis.call('PEXPIRE', KEYS[6], ARGV[7])
next_turn(KEYS[1], ARGV[1], KEYS[3], KEYS[4], tonumber(ARGV[9]), ARGV[10])
return 1
