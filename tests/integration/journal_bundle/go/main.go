// Command gobundle verifies an exported bundle with golang.org/x/mod/sumdb, unmodified: every receipt, and that the tree
// grew from the earlier checkpoint.
//
//	gobundle DIR VKEY   VKEY is the log's Ed25519 key, got elsewhere
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// head is what a signed checkpoint says, once note.Open believed it.
func head(signed []byte, verifier note.Verifier) (tree tlog.Tree, err error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("a checkpoint of %d lines, origin %q", len(lines)-1, lines[0])
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func hashes(lines []string) (found []tlog.Hash, err error) {
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("no hash: %q", line)
		}
		found = append(found, tlog.Hash(raw))
	}
	return found, nil
}

// receipt checks one tlog-proof over its entry; its own checkpoint has to be signed as well.
func receipt(proof, entry []byte, verifier note.Verifier) (tlog.Tree, error) {
	text, signed, _ := bytes.Cut(proof, []byte("\n\n"))
	tree, err := head(signed, verifier)
	if err != nil {
		return tree, err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return tree, fmt.Errorf("no receipt: %q", lines[0])
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return tree, err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return tree, err
	}
	return tree, tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func check(dir, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := head(signed, verifier)
	if err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "entries", "*.json"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no entries: %w", err)
	}
	for _, name := range names {
		entry, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		number := strings.TrimSuffix(filepath.Base(name), ".json")
		proof, err := os.ReadFile(filepath.Join(dir, "receipts", number+".tlog-proof"))
		if err != nil {
			return err
		}
		if found, err := receipt(proof, entry, verifier); err != nil || found != tree {
			return fmt.Errorf("entry %s: %w", number, err)
		}
	}
	early, err := os.ReadFile(filepath.Join(dir, "earlier-checkpoint"))
	if err != nil {
		return err
	}
	old, err := head(early, verifier)
	if err != nil {
		return err
	}
	growth, err := os.ReadFile(filepath.Join(dir, "consistency"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(growth), "\n\n")
	proof, err := hashes(strings.Split(first, "\n")[1:])
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	fmt.Printf("%d entries under %v, grown from %d to %d\n", len(names), tree.Hash, old.N, tree.N)
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gobundle DIR VKEY")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
