-- Put before every step of a campaign, after job.lua: what several of them share. A campaign is a
-- record and a hash of steps: "plan", then the numbers of its chunks, then "files". A step waits in
-- CAMPAIGN_READY, is held under a lease and a token, and is settled once.

-- Whether a campaign in this state still scores.
local function active(state)
  return state == 'queued' or state == 'validating' or state == 'running' or state == 'finalizing'
end

-- Whether a step of a campaign in this state may be worked on: files are written of a cancelled or
-- failed one too, to say what was and was not done.
local function wanted(state, step)
  return active(state) or (step == 'files' and (state == 'cancelled' or state == 'failed'))
end

local function enqueue(id, step)
  redis.call('HSETNX', CAMPAIGN_STEPS .. id, step, 0)
  redis.call('ZADD', CAMPAIGN_READY, now, id .. ' ' .. step)
end

-- Keep a campaign and its files for another while.
local function keep(id)
  redis.call('PEXPIRE', CAMPAIGN .. id, CAMPAIGN_MS)
  redis.call('PEXPIRE', CAMPAIGN_STEPS .. id, CAMPAIGN_MS)
  redis.call('PEXPIRE', CAMPAIGN_HELD .. id, CAMPAIGN_MS)
  redis.call('ZADD', CAMPAIGNS, now + CAMPAIGN_MS, id)
  local owner = redis.call('HGET', CAMPAIGN .. id, 'owner')
  redis.call('SET', GONE .. id, owner, 'PX', CAMPAIGN_MS + TOMBSTONE_MS)
  redis.call('PEXPIRE', CAMPAIGNS_OF .. owner, CAMPAIGN_MS)
end

-- The doorbell rings when steps wait and no message is on its way.
local function ring()
  if redis.call('ZCARD', CAMPAIGN_READY) > 0
     and redis.call('SET', CAMPAIGN_BELL, 1, 'NX', 'PX', BELL_MS) then
    return 1
  end
  return 0
end

-- Let no step of it wait any more; those that are held end by themselves.
local function withdraw(id)
  for _, step in ipairs(redis.call('HKEYS', CAMPAIGN_STEPS .. id)) do
    redis.call('ZREM', CAMPAIGN_READY, id .. ' ' .. step)
  end
end

-- Let every step wait that is neither done nor held; a chunk that was given up gets new attempts.
local function release(id)
  local held = redis.call('HGETALL', CAMPAIGN_STEPS .. id)
  for i = 1, #held, 2 do
    local step, how = held[i], held[i + 1]
    if how == 'dead' then
      redis.call('HINCRBY', CAMPAIGN .. id, 'dead', -1)
    end
    if how ~= 'done' and redis.call('HEXISTS', CAMPAIGN_HELD .. id, step) == 0 then
      redis.call('HSET', CAMPAIGN_STEPS .. id, step, 0)
      enqueue(id, step)
    end
  end
end

-- The time a campaign was worked on is `active_ms` and, while it runs, the time since `running_ms`.
local function start_clock(id)
  redis.call('HSET', CAMPAIGN .. id, 'running_ms', now)
end

local function stop_clock(id)
  local since = redis.call('HGET', CAMPAIGN .. id, 'running_ms')
  if since then
    redis.call('HINCRBY', CAMPAIGN .. id, 'active_ms', now - since)
    redis.call('HDEL', CAMPAIGN .. id, 'running_ms')
  end
end

-- Bring a campaign to a final state.
local function close(id, state, problem)
  stop_clock(id)
  redis.call('HSET', CAMPAIGN .. id, 'state', state, 'finished_ms', now)
  if problem ~= '' then
    redis.call('HSET', CAMPAIGN .. id, 'error', problem)
  end
  redis.call('SREM', CAMPAIGNS_OPEN, id)
  tell(id, redis.call('HGET', CAMPAIGN .. id, 'owner'))
  keep(id)
end

-- End a campaign that was not finished, and have its files written of what was done.
local function abandon(id, state, problem)
  withdraw(id)
  close(id, state, problem)
  redis.call('HDEL', CAMPAIGN_STEPS .. id, 'files')
  enqueue(id, 'files')
end

-- After the last chunk come the files.
local function advance(id)
  local held = redis.call('HMGET', CAMPAIGN .. id, 'state', 'chunks', 'done', 'dead')
  if held[1] == 'running' and held[3] + held[4] >= tonumber(held[2]) then
    stop_clock(id)
    redis.call('HSET', CAMPAIGN .. id, 'state', 'finalizing')
    enqueue(id, 'files')
  end
end
