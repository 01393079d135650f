// Entries a second through Tessera's POSIX driver, from the first Add to a published checkpoint over the last entry.
//
// Usage: tesseralog FOLDER ENTRIES BATCH — ENTRIES is a file of big-endian uint16 lengths and bytes, as in an entry bundle.
// Prints the seconds of all entries in batches, then the milliseconds of each of ten single entries to its checkpoint.
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	checkpointInterval = 100 * time.Millisecond // the shortest that the driver takes
	singles            = 10
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func entries(file string) [][]byte {
	data, found := must(os.ReadFile(file)), [][]byte{}
	for len(data) >= 2 {
		size := int(binary.BigEndian.Uint16(data))
		found = append(found, data[2:2+size])
		data = data[2+size:]
	}
	return found
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: tesseralog FOLDER ENTRIES BATCH")
	}
	ctx := context.Background()
	all, batch := entries(os.Args[2]), must(strconv.Atoi(os.Args[3]))
	private, _, err := note.GenerateKey(rand.Reader, "jinku.example/bench")
	signer := must(note.NewSigner(must(private, err)))
	driver := must(posix.New(ctx, posix.Config{Path: os.Args[1]}))
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(uint(batch), checkpointInterval).
		WithPushback(uint(len(all)+1)).
		WithCheckpointInterval(checkpointInterval)
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	must(appender, err)
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, time.Millisecond)

	begun := time.Now()
	futures := make([]tessera.IndexFuture, len(all))
	for place, entry := range all {
		futures[place] = appender.Add(ctx, tessera.NewEntry(entry))
	}
	for _, future := range futures {
		must(future())
	}
	if _, _, err := awaiter.Await(ctx, futures[len(futures)-1]); err != nil {
		log.Fatal(err)
	}
	fmt.Println(time.Since(begun).Seconds())
	for number := range singles {
		begun = time.Now()
		future := appender.Add(ctx, tessera.NewEntry([]byte(fmt.Sprintf(`{"single":%d}`, number))))
		if _, _, err := awaiter.Await(ctx, future); err != nil {
			log.Fatal(err)
		}
		fmt.Println(float64(time.Since(begun).Microseconds()) / 1000)
	}
	if err := shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
