-- Put before the steps of overrides, after job.lua: how a decision in force changes, and how each event
-- is recorded. Three hashes tell of one: the score's names the override in force, the one that waits and
-- the decision in force; each override's is never written over but for how it ended.

-- Keep a score and all its overrides for a while, whatever was left of their time.
local function keep(score, owner)
  redis.call('PEXPIRE', JOB .. score, OVERRIDE_MS)
  redis.call('SET', GONE .. score, owner, 'PX', OVERRIDE_MS + TOMBSTONE_MS)
  for _, id in ipairs(redis.call('ZRANGE', OVERRIDES_OF .. score, 0, -1)) do
    redis.call('PEXPIRE', OVERRIDE .. id, OVERRIDE_MS)
    redis.call('SET', GONE .. id, owner, 'PX', OVERRIDE_MS + TOMBSTONE_MS)
  end
  redis.call('PEXPIRE', OVERRIDES_OF .. score, OVERRIDE_MS)
end

-- Count one event and append its record, in the step that makes it so.
local function event(id, state, actor, note)
  local held = redis.call('HMGET', OVERRIDE .. id, 'score', 'owner', 'decision', 'before', 'scored',
                          'direction', 'code', 'actor', 'policy', 'exposure', 'created_ms', 'superseded_by')
  local job = redis.call('HMGET', JOB .. held[1], 'batch', 'reference', 'answer', 'finished_ms')
  local model = cjson.decode(job[3]).model
  redis.call('HINCRBY', OVERRIDE_COUNTS, state .. ' ' .. held[6] .. ' ' .. held[7], 1)
  redis.call('XADD', RECORDS, '*', 'v', 1, 'class', 'override', 'id', held[1], 'state', state, 'owner', held[2],
             'batch', job[1] or '', 'reference', job[2] or '', 'actor', actor, 'created_ms', held[11],
             'finished_ms', now, 'override', id, 'decision', held[3], 'before', held[4], 'scored', held[5],
             'direction', held[6], 'reason', held[7], 'requested_by', held[8], 'policy', held[9],
             'exposure', held[10], 'superseded_by', held[12] or '', 'scored_ms', job[4], 'note', note,
             'model', type(model) == 'table' and cjson.encode(model) or '')
end

-- Put an override in force in the place of the one before it, if there is one.
local function enforce(id, score, decision, actor, note)
  local before = redis.call('HGET', JOB .. score, 'override')
  if before then
    redis.call('HSET', OVERRIDE .. before, 'state', 'superseded', 'superseded_by', id)
    event(before, 'superseded', actor, '')
  end
  redis.call('HSET', OVERRIDE .. id, 'state', 'in-force', 'in_force_ms', now)
  redis.call('HSET', JOB .. score, 'override', id, 'decided', decision)
  event(id, 'in-force', actor, note)
end
