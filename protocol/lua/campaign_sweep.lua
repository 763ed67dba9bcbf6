-- Say that a worker lives, take back the steps whose lease has ended, and name the campaigns whose
-- time is up.
-- ARGV: worker
-- Returns {steps returned, steps given up, 1 when the caller must ring, id of a campaign that is gone,
-- another id, ...}.
redis.call('ZREMRANGEBYSCORE', CAMPAIGN_WORKERS, '-inf', now)
redis.call('ZADD', CAMPAIGN_WORKERS, now + WORKER_MS, ARGV[1])
local returned, dead = 0, 0
for _, member in ipairs(redis.call('ZRANGEBYSCORE', CAMPAIGN_LEASES, '-inf', now, 'LIMIT', 0, 100)) do
  local id, step = string.match(member, '^(%S+) (%S+)$')
  redis.call('ZREM', CAMPAIGN_LEASES, member)
  redis.call('HDEL', CAMPAIGN_HELD .. id, step)
  local state = redis.call('HGET', CAMPAIGN .. id, 'state')
  local attempts = tonumber(redis.call('HGET', CAMPAIGN_STEPS .. id, step) or 0)
  if not state or not (state == 'paused' or wanted(state, step)) then
    -- nobody needs it any more
  elseif attempts < MAX_ATTEMPTS then
    if state ~= 'paused' then
      enqueue(id, step)
    end
    returned = returned + 1
  else
    dead = dead + 1
    if tonumber(step) then
      redis.call('HSET', CAMPAIGN_STEPS .. id, step, 'dead')
      redis.call('HINCRBY', CAMPAIGN .. id, 'dead', 1)
      advance(id)
    elseif step == 'plan' then
      abandon(id, 'failed', STEP_DEAD)
    else
      redis.call('HSET', CAMPAIGN .. id, 'files_error', STEP_DEAD)
      if active(state) then
        close(id, 'failed', STEP_DEAD)
      end
    end
  end
end
announce()
local reply = {returned, dead, ring()}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', CAMPAIGNS, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('SREM', CAMPAIGNS_OPEN, id)
  reply[#reply + 1] = id
end
return reply
