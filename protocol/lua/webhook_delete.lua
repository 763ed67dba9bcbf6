-- Remove a webhook and whatever waits for it; what is under way finds it gone.
-- KEYS: webhooks of the owner, turns, webhook, old secret, post, leases, log
-- ARGV: id, owner
-- Returns 1, or 0 when there is no such webhook of this owner.
if redis.call('HGET', KEYS[3], 'owner') ~= ARGV[2] then
  return 0
end
redis.call('SREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
return 1
