-- Put before every step: the clock, and the transitions that several steps share. Before this stand
-- the names and settings of `protocol/scripts.py`, in capitals.
-- At maxmemory Redis refuses a script's writes unless one that frees memory came first: hence every
-- step that must work on a full Redis begins with ZREM, ZPOPMIN or DEL. (The header that says so
-- outright, allow-oom, is unknown to Redis 6.2.)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local finished = {}

-- Whether a job in this state can still change.
local function open(state)
  return state == 'queued' or state == 'running'
end

-- Let whoever waits know, once, what this step finished.
local function announce()
  if #finished > 0 then
    redis.call('PUBLISH', FINISHED, table.concat(finished, ' '))
  end
end

-- Put one event for each webhook of the owner into the outbox, unless no postman empties it.
local function tell(id, owner)
  for _, endpoint in ipairs(redis.call('SMEMBERS', WEBHOOKS_OF .. owner)) do
    if redis.call('ZCARD', OUTBOX) < OUTBOX_LIMIT then
      redis.call('ZADD', OUTBOX, now, id .. ' ' .. endpoint)
      redis.call('PEXPIRE', OUTBOX, OUTBOX_MS)
    else
      redis.call('HINCRBY', WEBHOOK .. endpoint, 'dropped', 1)
    end
  end
  finished[#finished + 1] = id
end

-- Count one finished item in its batch, and close the batch with the last one.
local function finish_item(batch, state, ttl)
  if redis.call('EXISTS', batch) == 0 then
    return
  end
  redis.call('HINCRBY', batch, state, 1)
  if redis.call('HINCRBY', batch, 'open', -1) > 0 then
    return
  end
  local held = redis.call('HMGET', batch, 'id', 'owner', 'succeeded', 'cancelled', 'expired')
  local ended = (held[4] and 'cancelled') or (held[5] and 'expired') or (held[3] and 'succeeded') or 'failed'
  redis.call('HSET', batch, 'state', ended, 'finished_ms', now)
  redis.call('PEXPIRE', batch, ttl)
  redis.call('SET', GONE .. held[1], held[2], 'PX', ttl + TOMBSTONE_MS)
  tell(held[1], held[2])
end

-- Append the decision record of a job that is final: the only place where one is made, once a job,
-- in the step that makes it final. It waits for `worker/campaigns/archiver.py`.
local function record(id, state, answer, evidence, held)
  redis.call('XADD', RECORDS, '*', 'v', 1, 'class', 'score', 'id', id, 'state', state, 'owner', held[1] or '',
             'batch', held[2] or '', 'application', held[3] or '', 'reference', held[4] or '',
             'metadata', held[5] or '', 'attempt', held[6] or '', 'actor', held[7] or '', 'created_ms',
             held[8] or '', 'finished_ms', now, 'answer', answer, 'evidence', evidence)
end

-- Bring a job that is still open to its final state, which never changes again.
local function finish(id, state, answer, evidence)
  local job = JOB .. id
  redis.call('ZREM', READY, id)
  redis.call('ZREM', LEASES, id)
  local ttl = state == 'dead' and DEAD_MS or RESULT_MS
  local held = redis.call('HMGET', job, 'owner', 'batch', 'application', 'reference', 'metadata', 'attempt',
                          'actor', 'created_ms', 'kind')
  redis.call('HSET', job, 'state', state, 'answer', answer, 'finished_ms', now)
  if held[9] then
    -- A question is its asker's alone: it is counted and announced, and keeps the short time to live
    -- it was asked with. No tombstone, no event, no record.
    redis.call('HINCRBY', BOOKS, state, 1)
    finished[#finished + 1] = id
    return
  end
  redis.call('PEXPIRE', job, ttl)
  redis.call('SET', GONE .. id, held[1], 'PX', ttl + TOMBSTONE_MS)
  redis.call('HINCRBY', BOOKS, state, 1)
  record(id, state, answer, evidence or '', held)
  if held[2] then
    finish_item(BATCH .. held[2], state, ttl)
  else
    tell(id, held[1])
  end
end

-- Book a job whose hash was gone before anyone looked: of it no more is known than that it was.
local function forget(id)
  redis.call('HINCRBY', BOOKS, 'expired', 1)
  if string.sub(id, 1, 3) == 'sc_' then -- not of a question
    record(id, 'expired', EXPIRED_ANSWER, '', {})
  end
end

-- Finish a job whose deadline has passed; whoever meets it first does so, worker or poll.
local function expire_if_late(id, state, deadline_ms)
  if open(state) and now > tonumber(deadline_ms) then
    finish(id, 'expired', EXPIRED_ANSWER)
    return true
  end
  return false
end
