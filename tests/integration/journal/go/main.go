// Command gotlog holds a log of jinku against golang.org/x/mod/sumdb, unmodified, and writes one with it.
//
//	gotlog check DIR VKEY   every record, tile and tree of DIR holds under the key; tiles equal those that tlog writes
//	gotlog write DIR COUNT  a log of COUNT entries, made by tlog and note alone; prints its verifier key
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// path maps Go's own name of a tile (tile/8/0/000) to C2SP's (tile/0/000): the height is fixed there.
func path(t tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(strings.Replace(t.Path(), "tile/8/data/", "tile/8/entries/", 1), "tile/8/")
}

// folder is a tlog.TileReader over files; it maps paths and does nothing else.
type folder string

func (f folder) Height() int { return height }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		read, err := os.ReadFile(filepath.Join(string(f), path(t)))
		if err != nil {
			return nil, err
		}
		data[i] = read
	}
	return data, nil
}

// head is what the three lines of a checkpoint say, once note.Open believed it.
func head(dir, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("a checkpoint of %d lines, origin %q", len(lines)-1, lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func bundle(data []byte) (entries [][]byte, err error) {
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("a torn bundle")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	return entries, nil
}

func entriesOf(dir string, size int64) (all [][]byte, err error) {
	for n := int64(0); n*256 < size; n++ {
		width := int(min(256, size-n*256))
		data, err := os.ReadFile(filepath.Join(dir, path(tlog.Tile{H: height, L: -1, N: n, W: width})))
		if err != nil {
			return nil, err
		}
		entries, err := bundle(data)
		if err != nil || len(entries) != width {
			return nil, fmt.Errorf("bundle %d: %d entries, %w", n, len(entries), err)
		}
		all = append(all, entries...)
	}
	return all, nil
}

// hashes keeps what tlog stores for a log that it builds itself.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		found[i] = h[at]
	}
	return found, nil
}

func build(entries [][]byte) (stored hashes, err error) {
	for n, entry := range entries {
		fresh, err := tlog.StoredHashes(int64(n), entry, stored)
		if err != nil {
			return nil, err
		}
		stored = append(stored, fresh...)
	}
	return stored, nil
}

func check(dir, vkey string) error {
	tree, err := head(dir, vkey)
	if err != nil {
		return err
	}
	entries, err := entriesOf(dir, tree.N)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(dir))
	for n, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(n), reader)
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(n), tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
	}
	stored, err := build(entries)
	if err != nil {
		return err
	}
	for old := int64(1); old <= tree.N; old += 1 + old/7 {
		before, err := tlog.TreeHash(old, stored)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, old, reader)
		if err != nil {
			return fmt.Errorf("tree %d: %w", old, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, before); err != nil {
			return fmt.Errorf("tree %d: %w", old, err)
		}
	}
	tiles := tlog.NewTiles(height, 0, tree.N)
	for _, t := range tiles {
		want, err := tlog.ReadTileData(t, stored)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(dir, path(t)))
		if err != nil {
			return err
		}
		if !bytes.Equal(want, got) {
			return fmt.Errorf("%s differs from the tile that tlog writes", path(t))
		}
	}
	fmt.Printf("%d records and %d tiles under %v\n", tree.N, len(tiles), tree.Hash)
	return nil
}

func save(dir, name string, data []byte) error {
	target := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	return os.WriteFile(target, data, 0o600)
}

func write(dir string, count int) error {
	entries := make([][]byte, count)
	for n := range entries {
		entries[n] = fmt.Appendf(nil, `{"kind":"go","n":%d,"subject":"s","ts":"1","v":1}`, n)
	}
	stored, err := build(entries)
	if err != nil {
		return err
	}
	for _, t := range tlog.NewTiles(height, 0, int64(count)) {
		data, err := tlog.ReadTileData(t, stored)
		if err != nil {
			return err
		}
		if err := save(dir, path(t), data); err != nil {
			return err
		}
	}
	for n := 0; n < count; n += 256 {
		some, data := entries[n:min(n+256, count)], []byte{}
		for _, entry := range some {
			data = append(binary.BigEndian.AppendUint16(data, uint16(len(entry))), entry...)
		}
		if err := save(dir, path(tlog.Tile{H: height, L: -1, N: int64(n / 256), W: len(some)}), data); err != nil {
			return err
		}
	}
	root, err := tlog.TreeHash(int64(count), stored)
	if err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "go.example/log")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("go.example/log\n%d\n%v\n", count, root)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return err
	}
	fmt.Println(vkey)
	return save(dir, "checkpoint", signed)
}

func run(args []string) error {
	if len(args) == 3 && args[0] == "check" {
		return check(args[1], args[2])
	}
	if len(args) == 3 && args[0] == "write" {
		count, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return write(args[1], count)
	}
	return fmt.Errorf("usage: gotlog check DIR VKEY | gotlog write DIR COUNT")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
