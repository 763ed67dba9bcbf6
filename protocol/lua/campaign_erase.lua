-- Forget a campaign. Only the tombstone stays, so that a poll says 410 and not 404; the sweep names its
-- folder as one that must go.
-- ARGV: campaign id
local id = ARGV[1]
local owner = redis.call('HGET', CAMPAIGN .. id, 'owner')
if owner then
  withdraw(id)
  for _, step in ipairs(redis.call('HKEYS', CAMPAIGN_HELD .. id)) do
    redis.call('ZREM', CAMPAIGN_LEASES, id .. ' ' .. step)
  end
  redis.call('DEL', CAMPAIGN .. id, CAMPAIGN_STEPS .. id, CAMPAIGN_HELD .. id)
  redis.call('SREM', CAMPAIGNS_OPEN, id)
  redis.call('ZREM', CAMPAIGNS_OF .. owner, id)
  redis.call('ZADD', CAMPAIGNS, now, id)
  redis.call('SET', GONE .. id, owner, 'PX', TOMBSTONE_MS)
end
