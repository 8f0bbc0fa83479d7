-- Counts tries within a fixed window that begins with the first.
--
-- KEYS[1]  the count
-- ARGV[1]  how many more; negative: given back, never below none, and no window begins
-- ARGV[2]  the window, in seconds
-- ARGV[3]  how many there may be: what is beyond is not kept
-- Returns  {how many there would be now, milliseconds until the window ends; 0: there is none}

local more = tonumber(ARGV[1])
if more > 0 then
  redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
elseif redis.call('exists', KEYS[1]) == 0 then
  return {0, 0}
end
local count = redis.call('incrby', KEYS[1], more)
if count < 0 then
  redis.call('set', KEYS[1], 0, 'KEEPTTL')
  count = 0
elseif more > 0 and count > tonumber(ARGV[3]) then
  redis.call('decrby', KEYS[1], more)
end
return {count, redis.call('pttl', KEYS[1])}
