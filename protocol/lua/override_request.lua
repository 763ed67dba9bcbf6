-- Override the decision of a score, or have it wait for a second person where the exposure is above the
-- policy's limit. A repeated call finds the override and changes nothing. The first write is one Redis
-- refuses at maxmemory.
-- ARGV: idempotency key or '', fingerprint, id of the override, id of the score, owner, who asks, decision,
--       code of the reason, the reason as it is shown (JSON), note, the policy (JSON), exposure above
--       which a second person must approve
-- Returns {what happened, id of the override or ''}, where what happened is
--   requested   it is in force, or waits
--   replayed    the same request was made before, as this override
--   reused      the idempotency key came with another request before
--   gone        the owner has no such score with a decision
--   waiting     another override waits for its second person
--   same        the decision is in force already
--   many        the score was overridden too often
local key, id, score, owner, actor = ARGV[1], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local decision, job, of = ARGV[7], JOB .. ARGV[4], OVERRIDES_OF .. ARGV[4]

local function direction(scored)
  if scored == 'review' then
    return 'from-review'
  elseif scored == decision then
    return 'restored'
  end
  return decision == 'approve' and 'low-side' or 'high-side'
end

if key ~= '' then
  local known = redis.call('HMGET', key, 'fingerprint', 'id')
  if known[1] then
    return {known[1] == ARGV[2] and 'replayed' or 'reused', known[2]}
  end
end
if redis.call('EXISTS', OVERRIDE .. id) == 1 then
  return {'requested', id}
end
local held = redis.call('HMGET', job, 'state', 'owner', 'answer', 'application', 'decided', 'override_waiting')
if held[1] ~= 'succeeded' or held[2] ~= owner then
  return {'gone', ''}
end
local result = cjson.decode(held[3]).result
if type(result) ~= 'table' or type(result.decision) ~= 'string' then
  return {'gone', ''}
end
local count = redis.call('ZCARD', of)
if held[6] then
  return {'waiting', held[6]}
elseif decision == (held[5] or result.decision) then
  return {'same', ''}
elseif count >= OVERRIDE_LIMIT then
  return {'many', ''}
end

-- An exposure that cannot be read is above every limit.
local given = cjson.decode(held[4])
local exposure = tonumber(given[EXPOSURE_AT] or given[EXPOSURE])
redis.call('HSET', OVERRIDE .. id, 'v', 1, 'score', score, 'owner', owner, 'state', 'awaiting-approval',
           'decision', decision, 'before', held[5] or result.decision, 'scored', result.decision,
           'direction', direction(result.decision), 'code', ARGV[8], 'reason', ARGV[9], 'note', ARGV[10],
           'actor', actor, 'policy', ARGV[11], 'created_ms', now,
           'exposure', exposure and string.format('%.17g', exposure) or '')
redis.call('ZADD', of, count + 1, id)
if exposure and exposure <= tonumber(ARGV[12]) then
  enforce(id, score, decision, actor, ARGV[10])
else
  redis.call('HSET', job, 'override_waiting', id)
  redis.call('ZREMRANGEBYSCORE', OVERRIDES_WAITING .. owner, '-inf', now - OVERRIDE_MS)
  redis.call('ZADD', OVERRIDES_WAITING .. owner, now, id)
  redis.call('PEXPIRE', OVERRIDES_WAITING .. owner, OVERRIDE_MS)
  event(id, 'awaiting-approval', actor, ARGV[10])
end
if key ~= '' then
  redis.call('HSET', key, 'fingerprint', ARGV[2], 'id', id)
  redis.call('PEXPIRE', key, IDEMPOTENCY_MS)
end
keep(score, owner)
return {'requested', id}
