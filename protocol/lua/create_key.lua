-- Write the record of an API key, unless its client has enough live keys of the same scopes already.
-- Asked again with the same record (a client that lost the answer) it answers as the first time.
-- KEYS: keys
-- ARGV: id, record (JSON), client, live keys allowed, ms until it expires or ''
-- Returns the record as it is kept, or false when it was refused.
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  return cjson.decode(kept).digest == cjson.decode(ARGV[2]).digest and kept
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local record, live = cjson.decode(ARGV[2]), 0
local scopes = table.concat(record.scopes, ' ')
for _, other in ipairs(redis.call('HVALS', KEYS[1])) do
  local read, key = pcall(cjson.decode, other)
  if read and type(key) == 'table' and key.client == ARGV[3]
      and type(key.scopes) == 'table' and table.concat(key.scopes, ' ') == scopes
      and (not key.expires_ms or key.expires_ms > now) then
    live = live + 1
  end
end
if live >= tonumber(ARGV[4]) then
  return false
end
record.created_ms = now
if ARGV[5] ~= '' then
  record.expires_ms = now + ARGV[5]
end
kept = cjson.encode(record)
redis.call('HSET', KEYS[1], ARGV[1], kept)
return kept
