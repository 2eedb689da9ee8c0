-- Asks with one header line of a file after the other, made into requests before the clock runs.
local requests, at = {}, 0
function init()
  for line in io.lines(os.getenv("HALLPASS_BENCH_FILE")) do
    local name, value = line:match("^([^:]+): (.*)$")
    requests[#requests + 1] = wrk.format("GET", "/", { [name] = value })
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
