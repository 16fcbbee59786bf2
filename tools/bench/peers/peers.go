// The loads of the comparison, in Go: peers LOAD prints one "metric value" a line.
// Processor time of the whole process (getrusage), so that the garbage collector counts.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

const (
	warmUp     = 100_000
	pingPongs  = 1_000_000
	ringSize   = 10_000
	ringLap    = 100_000
	ringHops   = 2_000_000
	senders    = 100
	capacity   = 128
	perSender  = 50_000
	skynetSize = 1_000_000
	skynetDiv  = 10
	fibers     = 1_000_000
	calls      = 1_000_000
)

func cpuNs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func residentBytes() float64 {
	file, err := os.Open("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	var total, resident float64
	if _, err := fmt.Fscan(file, &total, &resident); err != nil {
		panic(err)
	}
	return resident * float64(os.Getpagesize())
}

func peakMiB() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Maxrss) / 1024
}

func report(metric string, value float64) { fmt.Printf("%s %.3f\n", metric, value) }

// Two goroutines, two unbuffered channels; an operation is there and back.
func pingPong() {
	there, back := make(chan uint64), make(chan uint64)
	go func() {
		for value := range there {
			back <- value
		}
		close(back)
	}()
	batch := func(count uint64) {
		for i := uint64(0); i < count; i++ {
			there <- i
			<-back
		}
	}
	batch(warmUp)
	start := cpuNs()
	batch(pingPongs)
	report("ping_pong_ns", (cpuNs()-start)/pingPongs)
	close(there)
	<-back
}

// A token goes around a ring of unbuffered channels; an operation is a hop.
func ring() {
	channels := make([]chan uint64, ringSize)
	for i := range channels {
		channels[i] = make(chan uint64)
	}
	done := make(chan uint64)
	for i := range channels {
		go func(from, to chan uint64) {
			for left := range from {
				if left == 0 {
					done <- left
				} else {
					to <- left - 1
				}
			}
		}(channels[i], channels[(i+1)%ringSize])
	}
	batch := func(hops uint64) {
		for i := uint64(0); i < hops; i += ringLap {
			channels[0] <- ringLap
			<-done
		}
	}
	batch(warmUp)
	start := cpuNs()
	batch(ringHops)
	report("ring_ns", (cpuNs()-start)/ringHops)
	for _, channel := range channels {
		close(channel)
	}
}

// A hundred senders, one receiver, one channel of 128; an operation is a value received.
func fanIn() {
	batch := func(each uint64) {
		channel := make(chan uint64, capacity)
		for i := 0; i < senders; i++ {
			go func() {
				for k := uint64(0); k < each; k++ {
					channel <- k
				}
			}()
		}
		for i := uint64(0); i < senders*each; i++ {
			<-channel
		}
	}
	batch(warmUp / senders)
	start := cpuNs()
	batch(perSender)
	report("fan_in_ns", (cpuNs()-start)/(senders*perSender))
}

func skynetNode(up chan uint64, number, size uint64) {
	if size == 1 {
		up <- number
		return
	}
	results := make(chan uint64)
	part := size / skynetDiv
	for i := uint64(0); i < skynetDiv; i++ {
		go skynetNode(results, number+i*part, part)
	}
	sum := uint64(0)
	for i := 0; i < skynetDiv; i++ {
		sum += <-results
	}
	up <- sum
}

// A tree of goroutines, ten children a level, a million leaves; the leaves' numbers are summed up.
func skynet() {
	start := cpuNs()
	result := make(chan uint64)
	go skynetNode(result, 0, skynetSize)
	if sum := <-result; sum != skynetSize*(skynetSize-1)/2 {
		panic(sum)
	}
	report("skynet_s", (cpuNs()-start)/1e9)
	report("skynet_peak_mib", peakMiB())
}

// A million goroutines that wait for one channel, and are woken by its end.
func parked() {
	channel := make(chan uint64)
	var waiting int64
	var group sync.WaitGroup
	group.Add(fibers)
	before := residentBytes()
	start := cpuNs()
	for i := 0; i < fibers; i++ {
		go func() {
			atomic.AddInt64(&waiting, 1)
			<-channel
			group.Done()
		}()
	}
	for atomic.LoadInt64(&waiting) < fibers {
		runtime.Gosched()
	}
	created := cpuNs()
	report("parked_bytes", (residentBytes()-before)/fibers)
	woken := cpuNs()
	close(channel)
	group.Wait()
	report("parked_create_ns", (created-start)/fibers)
	report("parked_end_ns", (cpuNs()-woken)/fibers)
	report("parked_peak_mib", peakMiB())
}

type request struct {
	by    uint64
	reply chan uint64
}

// A server goroutine and a channel for the reply with each request. Nobody learns of the server's
// end: a monitored call has no counterpart here.
func call() {
	requests := make(chan request)
	go func() {
		value := uint64(0)
		for request := range requests {
			value += request.by
			request.reply <- value
		}
	}()
	batch := func(count uint64) {
		for i := uint64(0); i < count; i++ {
			reply := make(chan uint64, 1)
			requests <- request{1, reply}
			<-reply
		}
	}
	batch(warmUp)
	start := cpuNs()
	batch(calls)
	report("call_ns", (cpuNs()-start)/calls)
	close(requests)
}

func main() {
	runtime.GOMAXPROCS(1)
	loads := map[string]func(){
		"ping_pong": pingPong, "ring": ring, "fan_in": fanIn, "skynet": skynet, "parked": parked,
		"call": call,
	}
	if len(os.Args) != 2 || loads[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "peers ping_pong|ring|fan_in|skynet|parked|call")
		os.Exit(2)
	}
	loads[os.Args[1]]()
}
