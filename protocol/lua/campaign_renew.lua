-- Hold a step for another lease, and note what it has found so far.
-- ARGV: campaign id, step, token, then fields of the record and their values, or nothing
-- Returns 1 when it is still held under this token and still wanted, else 0.
local id, step = ARGV[1], ARGV[2]
local state = redis.call('HGET', CAMPAIGN .. id, 'state')
if redis.call('HGET', CAMPAIGN_HELD .. id, step) ~= ARGV[3] then
  return 0
end
redis.call('ZADD', CAMPAIGN_LEASES, now + LEASE_MS, id .. ' ' .. step)
if state ~= 'paused' and not wanted(state, step) then
  return 0
elseif ARGV[4] then
  redis.call('HSET', CAMPAIGN .. id, unpack(ARGV, 4))
end
return 1
