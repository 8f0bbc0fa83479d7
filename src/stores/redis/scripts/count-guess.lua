-- Counts tries within a fixed window that begins with the first.
--
-- KEYS[1]  the count
-- ARGV[1]  how many more; negative: given back, never below none
-- ARGV[2]  the window, in seconds
-- ARGV[3]  how many there may be: what is beyond is not kept
-- Returns  {how many there would be now, milliseconds until the window ends}

redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local count = redis.call('incrby', KEYS[1], ARGV[1])
if count < 0 then
  redis.call('set', KEYS[1], 0, 'KEEPTTL')
  count = 0
elseif count > tonumber(ARGV[3]) then
  redis.call('decrby', KEYS[1], ARGV[1])
end
return {count, redis.call('pttl', KEYS[1])}
