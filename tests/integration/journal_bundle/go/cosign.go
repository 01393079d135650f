package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Types of keys, as C2SP signed-note and tlog-cosignature number them.
const (
	plainKey   = 1 // Ed25519 over the text: what the note package knows
	witnessKey = 4 // Ed25519, cosignature/v1
	latticeKey = 6 // ML-DSA-44, subtree/v1: of a log or of a witness
)

// cosigner is a note.Verifier for a key of type 4 or 6: what it is handed is 8 bytes of time, then the signature.
type cosigner struct {
	name   string
	hash   uint32
	size   int
	signed func(timestamp uint64, text []byte) ([]byte, error)
	holds  func(message, signature []byte) bool
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+c.size {
		return false
	}
	message, err := c.signed(binary.BigEndian.Uint64(sig), text)
	return err == nil && c.holds(message, sig[8:])
}

// parse reads the three lines of a checkpoint.
func parse(text string) (origin string, tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return "", tree, fmt.Errorf("a checkpoint of %d lines", len(lines)-1)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return "", tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return lines[0], tree, err
}

// plainMessage is what a line of type 4 signs.
func plainMessage(timestamp uint64, text []byte) ([]byte, error) {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", timestamp), text...), nil
}

// subtreeMessage is what a line of type 6 signs: the whole tree as the subtree that starts at 0.
func subtreeMessage(name string) func(uint64, []byte) ([]byte, error) {
	return func(timestamp uint64, text []byte) ([]byte, error) {
		origin, tree, err := parse(string(text))
		if err != nil || len(name) > 255 || len(origin) > 255 {
			return nil, fmt.Errorf("no checkpoint: %w", err)
		}
		message := append([]byte("subtree/v1\n\x00"), byte(len(name)))
		message = binary.BigEndian.AppendUint64(append(message, name...), timestamp)
		message = append(append(message, byte(len(origin))), origin...)
		message = binary.BigEndian.AppendUint64(message, 0)
		message = binary.BigEndian.AppendUint64(message, uint64(tree.N))
		return append(message, tree.Hash[:]...), nil
	}
}

func keyHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// newVerifier is note.NewVerifier for keys of the types 1, 4 and 6.
func newVerifier(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hash16, key64, _ := strings.Cut(rest, "+")
	hash, err := strconv.ParseUint(hash16, 16, 32)
	if err != nil || name == "" {
		return nil, fmt.Errorf("no vkey: %.40q", vkey)
	}
	key, err := base64.StdEncoding.DecodeString(key64)
	if err != nil || len(key) < 2 {
		return nil, fmt.Errorf("no vkey: %.40q", vkey)
	}
	if keyHash(name, key) != uint32(hash) {
		return nil, fmt.Errorf("vkey of %s: its key id is of another key", name)
	}
	made := &cosigner{name: name, hash: uint32(hash)}
	switch public := key[1:]; {
	case key[0] == plainKey:
		return note.NewVerifier(vkey)
	case key[0] == witnessKey && len(public) == ed25519.PublicKeySize:
		made.size, made.signed = ed25519.SignatureSize, plainMessage
		made.holds = func(message, sig []byte) bool { return ed25519.Verify(public, message, sig) }
	case key[0] == latticeKey && len(public) == mldsa.MLDSA44PublicKeySize:
		lattice, err := mldsa.NewPublicKey(mldsa.MLDSA44(), public)
		if err != nil {
			return nil, err
		}
		made.size, made.signed = mldsa.MLDSA44SignatureSize, subtreeMessage(name)
		made.holds = func(message, sig []byte) bool { return mldsa.Verify(lattice, message, sig, nil) == nil }
	default:
		return nil, fmt.Errorf("vkey of %s: type %d, %d bytes", name, key[0], len(public))
	}
	return made, nil
}

// cosign adds lines of the types 4 and 6 to a note, and gives the vkeys of both: a witness that is all Go.
func cosign(signed []byte, name string, seed []byte, timestamp uint64) (vkeys []string, longer []byte, err error) {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	text += "\n"
	if len(seed) != ed25519.SeedSize {
		return nil, nil, fmt.Errorf("a seed of %d bytes", len(seed))
	}
	lattice, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), seed)
	if err != nil {
		return nil, nil, err
	}
	plain := ed25519.NewKeyFromSeed(seed)
	add := func(public []byte, message []byte, sign func([]byte) ([]byte, error)) error {
		hash := binary.BigEndian.AppendUint32(nil, keyHash(name, public))
		signature, err := sign(message)
		if err != nil {
			return err
		}
		line := append(binary.BigEndian.AppendUint64(hash, timestamp), signature...)
		vkeys = append(vkeys, fmt.Sprintf("%s+%x+%s", name, hash[:4], base64.StdEncoding.EncodeToString(public)))
		longer = fmt.Appendf(longer, "— %s %s\n", name, base64.StdEncoding.EncodeToString(line))
		return nil
	}
	message, _ := plainMessage(timestamp, []byte(text))
	public := append([]byte{witnessKey}, plain.Public().(ed25519.PublicKey)...)
	err = add(public, message, func(m []byte) ([]byte, error) { return ed25519.Sign(plain, m), nil })
	if err != nil {
		return nil, nil, err
	}
	if message, err = subtreeMessage(name)(timestamp, []byte(text)); err != nil {
		return nil, nil, err
	}
	public = append([]byte{latticeKey}, lattice.PublicKey().Bytes()...)
	err = add(public, message, func(m []byte) ([]byte, error) { return lattice.Sign(nil, m, nil) })
	return vkeys, append(signed, longer...), err
}
