-- Each body is sent with an event of its own in place of the one that it names.
dofile("wrk.lua")

local begin, before, after = init, "", ""

function init(args)
  begin(args)
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000)
  before, after = wrk.body:match('^(.-"event_id": ")[%x-]+(".*)$')
end

function request()
  local event = string.format(
    "%08x-%04x-4%03x-8%03x-%06x%06x", math.random(0, 0xffffffff), math.random(0, 0xffff), math.random(0, 0xfff),
    math.random(0, 0xfff), math.random(0, 0xffffff), math.random(0, 0xffffff)
  )
  return wrk.format(nil, nil, nil, before .. event .. after)
end
