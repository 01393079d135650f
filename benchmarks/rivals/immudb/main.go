// Entries a second through the embedded store of immudb: durable transactions of a batch each, then single ones.
//
// Usage: immulog FOLDER ENTRIES BATCH — ENTRIES is a file of big-endian uint16 lengths and bytes, as in an entry bundle.
// Prints the seconds of all entries in batches, then the milliseconds of each of ten single entries. A commit returns once
// it is synced; the index of keys may lag. There is no signed checkpoint and there are no tiles.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/codenotary/immudb/embedded/store"
)

const (
	singles   = 10
	maxLength = 65535 // bytes of an entry
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

// One transaction: the key of an entry is its place, eight bytes big-endian.
func commit(ctx context.Context, to *store.ImmuStore, first int, some [][]byte) {
	tx := must(to.NewWriteOnlyTx(ctx))
	for n, entry := range some {
		if err := tx.Set(binary.BigEndian.AppendUint64(nil, uint64(first+n)), nil, entry); err != nil {
			log.Fatal(err)
		}
	}
	must(tx.AsyncCommit(ctx)) // synced when it returns
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: immulog FOLDER ENTRIES BATCH")
	}
	ctx := context.Background()
	all, batch := entries(os.Args[2]), must(strconv.Atoi(os.Args[3]))
	options := store.DefaultOptions().
		WithSynced(true).
		WithSyncFrequency(time.Millisecond).
		WithMaxTxEntries(batch).
		WithMaxValueLen(maxLength)
	to := must(store.Open(os.Args[1], options))

	begun := time.Now()
	for first := 0; first < len(all); first += batch {
		commit(ctx, to, first, all[first:min(first+batch, len(all))])
	}
	fmt.Println(time.Since(begun).Seconds())
	for number := range singles {
		begun = time.Now()
		commit(ctx, to, len(all)+number, [][]byte{[]byte(fmt.Sprintf(`{"single":%d}`, number))})
		fmt.Println(float64(time.Since(begun).Microseconds()) / 1000)
	}
	if err := to.Close(); err != nil {
		log.Fatal(err)
	}
}
