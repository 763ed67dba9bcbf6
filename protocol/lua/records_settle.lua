-- Move the archive's head over records that are on the disk, take them off the stream, and give the
-- archiver's lease back. Fenced twice: by the lease, and by the head that the archiver went on from.
-- ARGV: token of the lease, head's seq as it was or '', new seq, new link, id of the last entry that is
--       on the disk, and the id after it; both '' when there is none
-- Returns 1, or 0 when another archiver was faster and nothing was changed.
if redis.call('GET', ARCHIVER) ~= ARGV[1] then
  return 0
end
redis.call('DEL', ARCHIVER)
if (redis.call('HGET', ARCHIVE, 'seq') or '') ~= ARGV[2] then
  return 0
end
if ARGV[5] ~= '' then
  redis.call('XTRIM', RECORDS, 'MINID', ARGV[6])
  redis.call('HSET', ARCHIVE, 'entry', ARGV[5])
end
redis.call('HSET', ARCHIVE, 'seq', ARGV[3], 'link', ARGV[4])
return 1
