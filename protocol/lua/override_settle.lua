-- The second person's word on an override that waits: once, and never that of who asked for it. The ZREM
-- lets it be done on a full Redis.
-- ARGV: id of the override, owner, approved | rejected, who says so, note
-- Returns what happened:
--   settled      it is in force, or rejected; also when this person said so before
--   gone         the owner has no such override
--   closed       it does not wait, or does not any more
--   same-person  it was asked for by whoever says so
local id, owner, verdict, actor, note = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local held = redis.call('HMGET', OVERRIDE .. id, 'owner', 'state', 'actor', 'verdict', 'approver', 'score',
                        'decision')
if held[1] ~= owner or redis.call('EXISTS', JOB .. (held[6] or '')) == 0 then
  return 'gone'
elseif held[4] == verdict and held[5] == actor then
  return 'settled'
elseif held[2] ~= 'awaiting-approval' then
  return 'closed'
elseif held[3] == actor then
  return 'same-person'
end
redis.call('ZREM', OVERRIDES_WAITING .. owner, id)
redis.call('HDEL', JOB .. held[6], 'override_waiting')
redis.call('HSET', OVERRIDE .. id, 'verdict', verdict, 'approver', actor, 'approver_note', note, 'settled_ms', now)
if verdict == 'approved' then
  enforce(id, held[6], held[7], actor, note)
else
  redis.call('HSET', OVERRIDE .. id, 'state', 'rejected')
  event(id, 'rejected', actor, note)
end
keep(held[6], owner)
return 'settled'
