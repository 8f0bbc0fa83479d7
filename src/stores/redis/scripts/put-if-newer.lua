-- Keeps a copy of a user unless the one that is kept is newer.
--
-- KEYS[1]  key of the copy
-- ARGV[1]  the copy, as stores/redis/copy-codec.ts writes it
-- ARGV[2]  seconds after which it vanishes
--
-- Returns 1 when it was kept, 0 when the one there is newer.
--
-- What is there but is no copy of this codec (another version's, or not a string) gives way.

local function numbers(copy)
  local incarnation, version, position =
    string.match(copy, '^1([0-9a-z]+)%.([0-9a-z]+)%.([0-9a-z]+)%.')
  if not incarnation then return nil end
  return { tonumber(incarnation, 36), tonumber(version, 36), tonumber(position, 36) }
end

local kept = redis.pcall('GET', KEYS[1])
local old = type(kept) == 'string' and numbers(kept)
if old then
  local new = numbers(ARGV[1])
  for i = 1, 3 do
    if old[i] > new[i] then return 0 end
    if old[i] < new[i] then break end
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
