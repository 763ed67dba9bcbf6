-- Give a webhook a new secret; the one it had signs along for a while, an older one no longer.
-- KEYS: webhook, old secret
-- ARGV: owner, new secret, how long the old one lives, ms
-- Returns 1, or 0 when there is no such webhook of this owner. Doing it twice is doing it once.
local held = redis.call('HMGET', KEYS[1], 'owner', 'secret')
if held[1] ~= ARGV[1] then
  return 0
end
if held[2] ~= ARGV[2] then
  redis.call('SET', KEYS[2], held[2], 'PX', ARGV[3])
  redis.call('HSET', KEYS[1], 'secret', ARGV[2])
end
return 1
