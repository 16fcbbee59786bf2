// Streams of bytes through the simulated kernel: how many bytes and segments a second of processor
// time.
#pragma once

namespace norn::bench {

// register_stream_loads() adds them to Google Benchmark. Bytes are those that a reader got, items
// are segments with data: bytes by TCP's segment size, or writes where each is a segment.
void register_stream_loads();

}  // namespace norn::bench
