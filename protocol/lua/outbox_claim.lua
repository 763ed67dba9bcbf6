-- Sort what came into the outbox by webhook, then take due events under a lease, one webhook after
-- the other, never more than a few of one at once: one that is slow or dead delays its own alone.
-- KEYS: outbox, turns
-- ARGV: prefixes of webhook, post, leases, event, job, batch; how many to take, lease_ms, at most of
--       one webhook at once, how many may wait for one, ttl_ms of what waits, how many to sort; prefixes
--       of campaign and of monitoring's events
-- Returns {event, webhook, attempt, queued_ms, state, finished_ms, now, ...}.
local WEBHOOK, POST, LEASES, EVENT = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local wanted, lease_ms, at_once = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local backlog, ttl_ms = tonumber(ARGV[10]), tonumber(ARGV[11])

local RECORDS = {sb_ = ARGV[6], ca_ = ARGV[13], mo_ = ARGV[14]}

local function sort(id, webhook, due)
  local held = redis.call('HMGET', WEBHOOK .. webhook, 'owner', 'disabled_ms')
  local post = POST .. webhook
  if not held[1] or held[2] then
    return
  end
  if redis.call('ZCARD', post) >= backlog then
    redis.call('HINCRBY', WEBHOOK .. webhook, 'dropped', 1)
    return
  end
  local record = (RECORDS[string.sub(id, 1, 3)] or ARGV[5]) .. id
  local known = redis.call('HMGET', record, 'state', 'finished_ms')
  local event = EVENT .. webhook .. ':' .. id
  -- A campaign that failed, was resumed and is over again may still wait as what it was.
  redis.call('HSET', event, 'state', known[1] or 'gone', 'finished_ms', known[2] or due)
  if redis.call('ZADD', post, 'NX', due, id) == 0 then
    return
  end
  redis.call('HSET', event, 'attempts', 0, 'queued_ms', due)
  redis.call('PEXPIRE', event, ttl_ms)
  redis.call('PEXPIRE', post, ttl_ms)
  redis.call('ZADD', KEYS[2], 'LT', due, webhook)
  redis.call('PEXPIRE', KEYS[2], ttl_ms)
end

local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[12])
for i = 1, #due, 2 do
  redis.call('ZREM', KEYS[1], due[i])
  local id, webhook = string.match(due[i], '^(%S+) (%S+)$')
  if id then
    sort(id, webhook, due[i + 1])
  end
end

local claimed = {}
local function take(webhook)
  local post, leases = POST .. webhook, LEASES .. webhook
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  if redis.call('ZCARD', leases) >= at_once then
    return
  end
  local id = redis.call('ZRANGEBYSCORE', post, '-inf', now, 'LIMIT', 0, 1)[1]
  if not id then
    return
  end
  local event = EVENT .. webhook .. ':' .. id
  local attempt = redis.call('HINCRBY', event, 'attempts', 1)
  redis.call('PEXPIRE', event, ttl_ms)
  redis.call('ZADD', post, now + lease_ms, id)
  redis.call('ZADD', leases, now + lease_ms, id)
  redis.call('PEXPIRE', leases, lease_ms)
  local known = redis.call('HMGET', event, 'queued_ms', 'state', 'finished_ms')
  for _, part in ipairs({id, webhook, attempt, known[1] or now, known[2] or 'gone',
                         known[3] or now, now}) do
    claimed[#claimed + 1] = part
  end
end

while #claimed < wanted * 7 do
  local webhook = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1)[1]
  if not webhook then
    break
  end
  take(webhook)
  next_turn(KEYS[2], webhook, POST .. webhook, LEASES .. webhook, at_once, ttl_ms)
end
return claimed
