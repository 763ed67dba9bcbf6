-- Hold a step for another lease.
-- ARGV: campaign id, step, token
-- Returns 1 when it is still held under this token and still wanted, else 0.
local id, step = ARGV[1], ARGV[2]
local state = redis.call('HGET', CAMPAIGN .. id, 'state')
if redis.call('HGET', CAMPAIGN_HELD .. id, step) ~= ARGV[3] then
  return 0
end
redis.call('ZADD', CAMPAIGN_LEASES, now + LEASE_MS, id .. ' ' .. step)
return (state == 'paused' or wanted(state, step)) and 1 or 0
