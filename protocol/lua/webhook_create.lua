-- Write one webhook unless its owner has too many; doing it twice is doing it once.
-- KEYS: webhooks of the owner, webhook
-- ARGV: id, most an owner may have, owner, url, secret
-- Returns the time it was made, milliseconds, or 0 when there are too many.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then
  if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then
    return 0
  end
  redis.call('SADD', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[2], 'owner', ARGV[3], 'url', ARGV[4], 'secret', ARGV[5],
             'created_ms', now)
end
return tonumber(redis.call('HGET', KEYS[2], 'created_ms'))
