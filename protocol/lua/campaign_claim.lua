-- Take the step that has waited longest, under a lease on Redis's clock. Repeating the call takes
-- another one; the one that was lost returns when its lease ends.
-- ARGV: a token that nobody used before, 1 to stay awake or 0 to fall asleep
-- Returns {campaign id, step}, or {} when nothing waits.
local popped = redis.call('ZPOPMIN', CAMPAIGN_READY)
if ARGV[2] == '0' then
  redis.call('DEL', CAMPAIGN_BELL)
else
  redis.call('SET', CAMPAIGN_BELL, 1, 'PX', BELL_MS)
end
while popped[1] do
  local id, step = string.match(popped[1], '^(%S+) (%S+)$')
  local state = redis.call('HGET', CAMPAIGN .. id, 'state')
  if state and wanted(state, step) then
    redis.call('HINCRBY', CAMPAIGN_STEPS .. id, step, 1)
    redis.call('HSET', CAMPAIGN_HELD .. id, step, ARGV[1])
    redis.call('ZADD', CAMPAIGN_LEASES, now + LEASE_MS, popped[1])
    if step == 'plan' then
      redis.call('HSET', CAMPAIGN .. id, 'state', 'validating', 'started_ms', now)
    end
    keep(id)
    return {id, step}
  end
  popped = redis.call('ZPOPMIN', CAMPAIGN_READY)
end
return {}
