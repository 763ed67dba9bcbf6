-- Write the record of a campaign whose portfolio is stored, and let its plan wait: all of it or
-- nothing. A repeated call finds the record and changes nothing.
-- ARGV: idempotency key or '', fingerprint, owner, id, then fields of the record and their values
-- Returns {what happened, id, 1 when the caller must ring}, as accept.lua does.
local key, fingerprint, owner, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local campaign = CAMPAIGN .. id
if key ~= '' then
  local held = redis.call('HMGET', key, 'fingerprint', 'id')
  if held[1] and held[1] ~= fingerprint then
    return {'reused', held[2], 0}
  elseif held[1] then
    return {'replayed', held[2], ring()}
  end
end
if redis.call('EXISTS', campaign) == 1 then
  return {'accepted', id, ring()}
elseif redis.call('SCARD', CAMPAIGNS_OPEN) >= CAMPAIGN_LIMIT then
  return {'overloaded', '', 0}
end
redis.call('HSET', campaign, 'v', 1, 'state', 'queued', 'owner', owner, 'created_ms', now,
           'chunks', 0, 'done', 0, 'dead', 0, 'scored', 0, 'invalid', 0, unpack(ARGV, 5))
redis.call('SADD', CAMPAIGNS_OPEN, id)
redis.call('ZREMRANGEBYSCORE', CAMPAIGNS_OF .. owner, '-inf', now - CAMPAIGN_MS - CAMPAIGN_MS)
redis.call('ZADD', CAMPAIGNS_OF .. owner, now, id)
enqueue(id, 'plan')
keep(id)
if key ~= '' then
  redis.call('HSET', key, 'fingerprint', fingerprint, 'id', id)
  redis.call('PEXPIRE', key, IDEMPOTENCY_MS)
end
return {'accepted', id, ring()}
