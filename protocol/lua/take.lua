-- Take tokens from a client's bucket on Redis's clock, or say how long until they are there.
-- An empty place is a full bucket: that is what the key becomes when its time to live, the time to
-- refill, is up. Sent twice (a client that lost the answer) it takes twice: never too little.
-- KEYS: bucket
-- ARGV: tokens a second, burst, tokens to take
-- Returns 0 when they were taken, else milliseconds to wait, at least 1; -1 when they are more than
-- the bucket holds.
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if wanted > burst then
  return -1
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at_us')
local tokens = burst
if held[1] then
  local passed = math.max(0, now - tonumber(held[2]))
  tokens = math.min(burst, tonumber(held[1]) + passed * rate / 1000000)
end
if tokens < wanted then
  return math.max(1, math.ceil((wanted - tokens) / rate * 1000))
end
tokens = tokens - wanted
-- DEL frees memory: what follows is then done on a full Redis too, where polls must go on.
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens),
           'at_us', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.max(1, math.ceil((burst - tokens) / rate * 1000)))
return 0
