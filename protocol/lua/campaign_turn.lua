-- Cancel, pause or resume a campaign. What it is already, it stays.
-- ARGV: campaign id, cancel | pause | resume
-- Returns {its state afterwards, 1 when the caller must ring}, or {} when there is none.
local id, what = ARGV[1], ARGV[2]
local campaign = CAMPAIGN .. id
local held = redis.call('HMGET', campaign, 'state', 'chunks')
local state = held[1]
if not state then
  return {}
end
if what == 'cancel' and (active(state) or state == 'paused') then
  abandon(id, 'cancelled', '')
elseif what == 'pause' and active(state) and state ~= 'finalizing' then
  withdraw(id)
  stop_clock(id)
  redis.call('HSET', campaign, 'state', 'paused')
elseif what == 'resume' and (state == 'paused' or state == 'failed') then
  local planned = redis.call('HGET', CAMPAIGN_STEPS .. id, 'plan') == 'done'
  redis.call('HDEL', CAMPAIGN_STEPS .. id, 'files')
  redis.call('HDEL', CAMPAIGN_HELD .. id, 'files')
  redis.call('ZREM', CAMPAIGN_READY, id .. ' files')
  redis.call('ZREM', CAMPAIGN_LEASES, id .. ' files')
  redis.call('HDEL', campaign, 'error', 'files_error', 'filed', 'finished_ms')
  redis.call('HSET', campaign, 'state', planned and 'running' or 'queued')
  redis.call('SADD', CAMPAIGNS_OPEN, id)
  release(id)
  if planned then
    start_clock(id)
    advance(id)
  end
  keep(id)
end
announce()
return {redis.call('HGET', campaign, 'state'), ring()}
