-- Write the records of one score, or of a batch and its items, and let them wait for a worker: all of
-- it or nothing. A repeated call (the client lost the answer) finds the records and changes nothing.
-- The first write is one Redis refuses at maxmemory, so a full Redis accepts nothing.
-- ARGV: idempotency key or '', fingerprint, owner, deadline in seconds, batch id or '', its items as
--       JSON, how many of them are open, who asks; then a job each: id, application, reference or
--       '', metadata or ''
-- Returns {what happened, id, 1 when the caller must ring}, where what happened is
--   accepted     id: of the score or the batch
--   replayed     id: the one accepted under the same key before
--   reused       the key came with another body before
--   overloaded   too much is waiting, or for too long
local key, fingerprint, owner, batch = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local first, jobs = 9, (#ARGV - 8) / 4
local id = batch ~= '' and batch or ARGV[first]
local record = (batch ~= '' and BATCH or JOB) .. id
local what = 'accepted'

local function waits_too_long()
  local oldest = redis.call('ZRANGE', READY, 0, 0, 'WITHSCORES')[2]
  return oldest and now - oldest > QUEUE_AGE_MS
end

-- The doorbell rings when no worker is awake, and once more for every claim's worth of jobs that pile
-- up, so that a backlog wakes further workers.
local function ring(before, after)
  local piled_up = math.floor(before / CLAIM_SIZE) < math.floor(after / CLAIM_SIZE)
  if redis.call('SET', BELL, 1, 'NX', 'PX', BELL_MS) or piled_up then
    return 1
  end
  return 0
end

local waiting = redis.call('ZCARD', READY)
if key ~= '' then
  local held = redis.call('HMGET', key, 'fingerprint', 'id')
  if held[1] and held[1] ~= fingerprint then
    return {'reused', held[2], 0}
  elseif held[1] then
    return {'replayed', held[2], waiting > 0 and ring(waiting, waiting) or 0}
  end
end
if redis.call('EXISTS', record) == 1 then
  return {'accepted', id, ring(waiting, waiting)}
end
if waiting + jobs > QUEUE_LIMIT or waits_too_long() then
  return {'overloaded', '', 0}
end

local deadline_ms = now + ARGV[4] * 1000
local ttl = deadline_ms - now + RESULT_MS + TOMBSTONE_MS
if batch ~= '' then
  redis.call('HSET', record, 'v', 1, 'id', batch, 'owner', owner, 'state', 'queued', 'items', ARGV[6],
             'open', ARGV[7], 'created_ms', now)
  redis.call('PEXPIRE', record, ttl)
end
for i = first, #ARGV, 4 do
  local job = JOB .. ARGV[i]
  redis.call('HSET', job, 'v', 2, 'state', 'queued', 'attempt', 0, 'created_ms', now, 'deadline_ms',
             deadline_ms, 'owner', owner, 'actor', ARGV[8], 'application', ARGV[i + 1])
  if ARGV[i + 2] ~= '' then
    redis.call('HSET', job, 'reference', ARGV[i + 2])
  end
  if ARGV[i + 3] ~= '' then
    redis.call('HSET', job, 'metadata', ARGV[i + 3])
  end
  if batch ~= '' then
    redis.call('HSET', job, 'batch', batch)
  end
  redis.call('PEXPIRE', job, ttl)
  redis.call('ZADD', READY, now, ARGV[i])
end
if key ~= '' then
  redis.call('HSET', key, 'fingerprint', fingerprint, 'id', id)
  redis.call('PEXPIRE', key, IDEMPOTENCY_MS)
end
redis.call('HINCRBY', BOOKS, 'accepted', jobs)
return {what, id, ring(waiting, waiting + jobs)}
