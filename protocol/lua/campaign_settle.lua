-- End a step that is held. The first write wins: who was paused past the lease holds it no more.
-- ARGV: campaign id, step, token, problem as JSON or '', then
--   for a plan   how many chunks, then fields of the record and their values
--   for a chunk  scored, invalid
--   for files    nothing
-- Returns 1 when it was taken, else 0; then 1 when the caller must ring, else 0.
local id, step, problem = ARGV[1], ARGV[2], ARGV[4]
local campaign, steps = CAMPAIGN .. id, CAMPAIGN_STEPS .. id
if redis.call('HGET', CAMPAIGN_HELD .. id, step) ~= ARGV[3] then
  return {0, 0}
end
redis.call('HDEL', CAMPAIGN_HELD .. id, step)
redis.call('ZREM', CAMPAIGN_LEASES, id .. ' ' .. step)
local state = redis.call('HGET', campaign, 'state')
if state ~= 'paused' and not wanted(state, step) then
  return {0, 0}
end
if problem ~= '' then
  if step == 'files' then
    redis.call('HSET', campaign, 'files_error', problem)
    if active(state) then
      close(id, 'failed', problem)
    end
  else
    abandon(id, 'failed', problem)
  end
  announce()
  return {1, ring()}
end
redis.call('HSET', steps, step, 'done')
if step == 'plan' then
  redis.call('HSET', campaign, 'state', state == 'paused' and state or 'running', 'chunks',
             unpack(ARGV, 5))
  if state ~= 'paused' then
    start_clock(id)
  end
  for number = 0, ARGV[5] - 1 do
    if state == 'paused' then
      redis.call('HSET', steps, number, 0)
    else
      enqueue(id, number)
    end
  end
elseif step == 'files' then
  redis.call('HSET', campaign, 'filed', 1)
  if state == 'finalizing' then
    local dead = tonumber(redis.call('HGET', campaign, 'dead'))
    close(id, dead > 0 and 'failed' or 'succeeded', dead > 0 and CHUNKS_DEAD or '')
  end
else
  redis.call('HINCRBY', campaign, 'done', 1)
  redis.call('HINCRBY', campaign, 'scored', ARGV[5])
  redis.call('HINCRBY', campaign, 'invalid', ARGV[6])
end
advance(id)
keep(id)
announce()
return {1, ring()}
