-- Stands before outbox_claim and outbox_settle: the clock, and whose turn is next.
-- A full Redis refuses writes unless the first frees memory (see job.lua), and sending does free it:
-- so both begin with a ZREM or its like.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Set a webhook's next turn: when one of its events is due, but not before it may carry one more.
-- Never in the past: who was just served goes to the end of the line.
local function next_turn(turns, id, post, leases, at_once, ttl_ms)
  local head = redis.call('ZRANGE', post, 0, 0, 'WITHSCORES')
  if not head[1] then
    redis.call('ZREM', turns, id)
    return
  end
  local due = math.max(tonumber(head[2]), now)
  if redis.call('ZCARD', leases) >= at_once then
    due = math.max(due, tonumber(redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]))
  end
  redis.call('ZADD', turns, due, id)
  redis.call('PEXPIRE', turns, ttl_ms)
end
