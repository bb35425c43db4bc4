"""Exhaustive model of the checkpoint and commit protocol that docs/protocol.md describes.

Two runners (each can be paused anywhere, so every zombie is covered), a file system with a
volatile and a durable side for each record, file and directory entry, process kills, power loss,
fsync errors that leave clean pages behind, and five kinds of sink. Every interleaving within the
fault budget of a configuration is visited, breadth first, so a counterexample is a shortest one.

    python model.py              the protocol's configurations, then every mutant
    python model.py --deep       larger budgets (minutes)
    python model.py --only NAME  one configuration or mutant, by a part of its name
    python model.py --table      crash points x outcome, as Markdown

Standard library only. A step's name in a trace is the name used in docs/protocol.md.
"""
import argparse
import gc
import itertools
import multiprocessing
import sys
import time
from collections import Counter, deque, namedtuple

TORN = 'TORN'           # a record or file whose checksum fails
ACTIVE_NOT = ('off', 'dead', 'stopped', 'end')

# names/dnames: {(epoch, inode)} the log folder as processes see it / as it is on disk.
# segs: ((inode, volatile slots, durable slots, indexes whose pages were lost by a failed sync))
# files: ((name, volatile, durable, name is there, name is there on disk)); name = (kind, n, epoch, unique)
# slots: {(k, record)} the object store's log. acked, acted, forgot: what the world has seen (ghosts).
World = namedtuple('World', 'names dnames segs files slots sink runners kills powers ferrs inc spare acked acted forgot bad')
# chain: one content a batch, the state after batch n is chain[:n+1]. done: batches known to be delivered.
# live: ((n, state file)); out: staged output of the last batch; ret: where to go after a check.
Runner = namedtuple('Runner', 'pc inc epoch ino slot chain done live out cur ret')
OFF = Runner('off', 0, 0, 0, 0, (), 0, (), None, None, None)
DEAD, STOPPED = OFF._replace(pc='dead'), OFF._replace(pc='stopped')

ARBITER = ('sql', 'kafka')              # the sink's own ledger decides; absent means: run the batch again
ROLL = ('manifest', 'outbox')           # the log holds the content; deliver it again


def config(**k):
    c = dict(variant='local', sink='sql', rows=2, extents=(1, 2), files=False, kills=1, powers=1, ferrs=0,
             spare=0, mut=None, runners=2)
    c.update(k)
    return c


def initial(c):
    sink = {'sql': (0, ()), 'kafka': (0, ()), 'manifest': ((), ()), 'outbox': (), 'early': ()}[c['sink']]
    return World(frozenset(), frozenset(), (), (), frozenset(), sink, (OFF,) * c['runners'], c['kills'], c['powers'],
                 c['ferrs'], 1, c['spare'], (), frozenset(), 0, None)


# ---- small helpers over the immutable world ------------------------------------------------------
def put_runner(w, i, r):
    return w._replace(runners=w.runners[:i] + (r,) + w.runners[i + 1:])


def seg_of(w, ino):
    for s in w.segs:
        if s[0] == ino:
            return s
    return (ino, (), (), ())


def with_seg(w, s):
    return w._replace(segs=tuple(sorted([x for x in w.segs if x[0] != s[0]] + [s], key=lambda x: x[0])))


def padded(t, n):
    return t + (None,) * (n - len(t))


def file_of(w, name):
    for f in w.files:
        if f[0] == name and f[3]:
            return f
    return None


def with_file(w, f):
    return w._replace(files=tuple(sorted([x for x in w.files if x[0] != f[0]] + [f], key=lambda x: repr(x[0]))))


def drop_file(w, name, durable=False):
    out = []
    for f in w.files:
        if f[0] == name:
            f = (f[0], f[1], f[2], False, f[4])
            if not f[4] or durable:
                continue
        out.append(f)
    return w._replace(files=tuple(out))


def newest(w, r, c):
    if c['variant'] == 'local':
        return not any(e > r.epoch for e, _ in w.names)
    return not any(rec[0] == 'E' and rec[2] != r.inc and k > r.ino for k, rec in w.slots)


def stuck(w, i, r, c, why):
    """What recovery needs is missing: fine if a newer runner made it so, else the protocol failed."""
    if not newest(w, r, c):
        return put_runner(w, i, STOPPED)
    return w._replace(bad='recovery cannot continue: ' + why)


def view(w, c):
    """What a reader of the sink sees: the contents in order, or a string that says what is wrong."""
    kind = c['sink']
    if kind in ARBITER:
        return w.sink[1]
    out = []
    if kind == 'manifest':
        entries = dict(w.sink[0])
        for n in range(len(entries)):
            if n not in entries:
                return 'manifest has a gap at batch %d' % n
            f = file_of(w, entries[n])
            if f is None:
                return 'published output file of batch %d is missing' % n
            if f[1] == TORN:
                return 'published output file of batch %d is damaged' % n
            out.append(f[1])
        return tuple(out)
    got = dict(w.sink)
    for n in range(len(got)):
        if n not in got:
            return 'batch %d was delivered before batch %d' % (max(got), n)
        if len(got[n]) > 1:
            return 'batch %d was delivered with two different contents' % n
        out.append(min(got[n]))
    return tuple(out)


def violation(w, c):
    if w.bad:
        return w.bad
    v = view(w, c)
    if isinstance(v, str):
        return v
    at = 0
    for n, content in enumerate(v):
        if content[0] != n or content[1] != at:
            return 'sink holds batch %d with rows from %d where %d was expected' % (content[0], content[1], at)
        at = content[2]
    if v[:len(w.acked)] != w.acked:
        return 'an acknowledged batch is lost or differs from the state it was acknowledged with'
    return None


# ---- recovery's reading of the log ---------------------------------------------------------------
def parse(slots, mut=None):
    """Records of one segment up to its end. A damaged record with a good one after it is corruption."""
    recs = []
    for k, rec in enumerate(slots):
        if rec is None or rec == TORN:
            if any(x is not None and x != TORN for x in slots[k + 1:]):
                return 'corrupt middle'
            if rec == TORN and mut == 'torn tail is fatal':
                return 'corrupt tail'
            break
        recs.append(rec)
    return recs


def replay(recs):
    _, _, chain, done, live, out = recs[0][:6]
    cur = recs[0][6] if len(recs[0]) > 6 else None
    for rec in recs[1:]:
        if rec[0] == 'B':
            _, n, content, done, live, out = rec
            chain, cur = chain[:n] + (content,), None
        elif rec[0] == 'D':
            done = rec[1]
        elif rec[0] == 'P':
            cur, done = rec[1], rec[2]
    return chain, done, live, out, cur


def read_local(w, r, c):
    for e, ino in sorted(w.names, reverse=True):
        if e >= r.epoch and c['mut'] != 'one shared segment':
            continue
        slots = seg_of(w, ino)[1]
        if c['mut'] == 'one shared segment':
            last = max([k for k, x in enumerate(slots) if x is not None and x != TORN and x[0] == 'E'], default=None)
            slots = slots[last:] if last is not None else ()
        recs = parse(slots, c['mut'])
        if isinstance(recs, str):
            return recs
        if recs and recs[0][0] == 'E':
            if recs[0][6:] and isinstance(recs[0][6], tuple) and recs[0][6][:1] == ('ref',):
                _, rino, rslot = recs[0][6]
                s = padded(seg_of(w, rino)[1], rslot + 1)[rslot]
                if s is None or s == TORN:
                    return 'the record that BASE refers to is gone'
                chain, done, live, out, _ = replay([recs[0][:6], s] + recs[1:])
                return chain, done, live, out, None
            return replay(recs)
    return (), 0, (), None, None


# ---- steps ---------------------------------------------------------------------------------------
def start(w, i, c):
    r = OFF._replace(inc=w.inc)
    w = w._replace(inc=w.inc + 1)
    if c['variant'] == 'object':
        return [('LIST', put_runner(w, i, r._replace(pc='olist')))]
    r = r._replace(epoch=max([e for e, _ in w.names], default=0) + 1, ino=r.inc, pc='claim')
    if c['mut'] == 'one shared segment':
        r = r._replace(ino=0)
    if c['mut'] == 'read before claim':
        got = read_local(w, r, c)
        if isinstance(got, str):
            return [('LIST', stuck(w, i, r, c, got))]
        r = r._replace(chain=got[0], done=got[1], live=got[2], out=got[3], cur=got[4])
    return [('LIST', put_runner(w, i, r))]


def check(r, ret, c):
    if c['variant'] == 'object' or c['mut'] == 'no check after sync':
        return r._replace(pc=ret, ret=None)
    return r._replace(pc='check2' if c['mut'] == 'link count before name' else 'check1', ret=ret)


def step(w, i, c):
    """The next steps of runner i: [(label, world)]."""
    r, mut, sink = w.runners[i], c['mut'], c['sink']
    pc = r.pc

    def go(label, world=None, **k):
        return [(label, put_runner(world or w, i, r._replace(**k)))]

    # -- opening: claim, read, BASE ------------------------------------------------------------
    if pc == 'claim':
        taken = any(e == r.epoch for e, _ in w.names)
        if taken and mut != 'rename instead of link':
            return [('link: EEXIST', put_runner(w, i, STOPPED))]
        names = frozenset(x for x in w.names if x[0] != r.epoch) | {(r.epoch, r.ino)}
        w2 = with_seg(w._replace(names=names), seg_of(w, r.ino))
        return go('link epoch %d' % r.epoch, w2, pc='claimsync')
    if pc == 'claimsync':
        if mut == 'no folder sync after claim':
            return go('(no folder sync)', pc='relist')
        out = go('fsync log folder', w._replace(dnames=w.names), pc='relist')
        if w.ferrs:
            out += [('fsync log folder: EIO', put_runner(w._replace(ferrs=w.ferrs - 1), i, STOPPED))]
        return out
    if pc == 'relist':
        if mut != 'no list after claim' and any(e > r.epoch for e, _ in w.names):
            return [('list: newer epoch', put_runner(w, i, STOPPED))]
        return go('list', pc='basew' if mut == 'read before claim' else 'read')
    if pc == 'read':
        got = read_local(w, r, c)
        if isinstance(got, str):
            return [('read log', stuck(w, i, r, c, got))]
        chain, done, live, out, cur = got
        if newest(w, r, c):
            for n, content in w.acted:
                if not (n < len(chain) and chain[n] == content) and cur != content:
                    return [('read log', w._replace(bad='a runner acted on batch %d, its successor does not know it' % n))]
        return go('read log', chain=chain, done=done, live=live, out=out, cur=cur, pc='basew')
    if pc == 'basew':
        base = ('E', r.epoch, r.chain, r.done, r.live, r.out) + ((r.cur,) if r.cur else ())
        s = seg_of(w, r.ino)
        k = len(s[1]) if mut == 'one shared segment' else 0
        if mut == 'BASE refers to the old tail' and r.done < len(r.chain):
            for e, ino in sorted(w.names, reverse=True):
                if e < r.epoch and any(x and x[0] == 'E' for x in seg_of(w, ino)[1]):
                    old = seg_of(w, ino)[1]
                    last = [j for j, x in enumerate(old) if x and x[0] == 'B']
                    if last:
                        base = ('E', r.epoch, r.chain[:-1], r.done, r.live, r.out, ('ref', ino, last[-1]))
                    break
        w2 = with_seg(w, (s[0], padded(s[1], k)[:k] + (base,) + s[1][k + 1:], s[2], s[3]))
        return go('write BASE', w2, slot=k + 1, pc='bases')
    if pc in ('bases', 'recs'):
        s = seg_of(w, r.ino)
        what = 'BASE' if pc == 'bases' else 'record'
        after = 'gcseg' if pc == 'bases' else ('commit' if r.ret == 'plan-record' else 'gcfile')
        if pc == 'recs' and mut == 'no sync of the record':
            return [('(no fdatasync)', put_runner(w, i, check(r, after, c)))]
        if pc == 'bases' and mut == 'no sync of BASE':
            return [('(no fdatasync of BASE)', put_runner(w, i, check(r, after, c)))]
        dur = padded(s[2], len(s[1]))
        dur = tuple(d if k in s[3] else v for k, (v, d) in enumerate(zip(s[1], dur)))
        out = [('fdatasync ' + what, put_runner(with_seg(w, (s[0], s[1], dur, s[3])), i, check(r, after, c)))]
        if w.ferrs:
            dirty = tuple(k for k, v in enumerate(s[1]) if padded(s[2], len(s[1]))[k] != v)
            w2 = with_seg(w._replace(ferrs=w.ferrs - 1), (s[0], s[1], s[2], s[3] + dirty))
            out += [('fdatasync %s: EIO' % what, put_runner(w2, i, r if mut == 'sync again after an error' else STOPPED))]
        return out
    if pc == 'check1':          # is the next epoch's name there?
        if any(e == r.epoch + 1 for e, _ in w.names):
            return [('check: fenced', put_runner(w, i, STOPPED))]
        if mut in ('no link count in the check', 'link count before name'):
            return go('check name', pc=r.ret, ret=None)
        return go('check name', pc='check2')
    if pc == 'check2':          # does my own segment still have its name?
        if not any(ino == r.ino for _, ino in w.names):
            return [('check: own segment unlinked', put_runner(w, i, STOPPED))]
        if mut == 'link count before name':
            return go('check link count', pc='check1')
        return go('check link count', pc=r.ret, ret=None)
    if pc == 'gcseg':           # older segments, oldest first: BASE has made them superfluous
        old = sorted(((e, x) for e, x in w.names if e < r.epoch), reverse=mut == 'unlink newest first')
        if not old:             # nothing to do is no step: go straight on
            return step(put_runner(w, i, r._replace(pc='orphan')), i, c)
        e, ino = old[0]
        return go('unlink segment %d' % e, w._replace(names=w.names - {(e, ino)}))
    if pc == 'orphan':
        w2, keep = w, {f for _, f in r.live} | {r.out} | ({f for _, f in w.sink[0]} if sink == 'manifest' else set())
        for f in w.files:
            if f[3] and f[0] not in keep and (f[0][2] < r.epoch or (mut == 'orphans without epoch' and f[0][2] != r.epoch)):
                w2 = drop_file(w2, f[0])
        nxt = 'ledger' if mut == 'ledger before sink fence' or sink not in ARBITER else 'sfence'
        if w2 == w:
            return step(put_runner(w, i, r._replace(pc=nxt)), i, c)
        return go('delete orphans', w2, pc=nxt)

    # -- object store: list and read, then one conditional PUT claims ------------------------------
    if pc == 'olist':
        tail = max([k for k, _ in w.slots], default=0)
        slots, recs = dict(w.slots), []
        for k in range(tail, 0, -1):
            if k not in slots:
                return [('GET slots', stuck(w, i, r._replace(ino=tail), c, 'slot %d is missing' % k))]
            recs.insert(0, slots[k])
            if slots[k][0] == 'E':
                break
        if recs:
            chain, done, live, out, cur = replay([('E', 0) + recs[0][3:]] + [x[:1] + x[2:] for x in recs[1:]])
            r = r._replace(chain=chain, done=done, live=live, out=out, cur=cur)
        return go('LIST, GET (tail %d)' % tail, slot=tail + 1, chain=r.chain, done=r.done, live=r.live, out=r.out,
                  cur=r.cur, pc='oclaim')
    if pc == 'oclaim':
        if any(k == r.slot for k, _ in w.slots) and mut != 'PUT without If-None-Match':
            return [('PUT CLAIM: 412', put_runner(w, i, OFF._replace(pc='olist', inc=r.inc)))]
        rec = ('E', r.slot, r.inc, r.chain, r.done, r.live, r.out) + ((r.cur,) if r.cur else ())
        slots = frozenset(x for x in w.slots if x[0] != r.slot) | {(r.slot, rec)}
        return go('PUT CLAIM at %d' % r.slot, w._replace(slots=slots), ino=r.slot, slot=r.slot + 1, pc='overify',
                  epoch=r.inc if mut == 'epoch not from the claim' else r.slot)
    if pc == 'overify':
        if mut != 'no list after claim' and any(k > r.ino for k, _ in w.slots):
            return [('LIST: not the tail', put_runner(w, i, STOPPED))]
        if newest(w, r, c):
            for n, content in w.acted:
                if not (n < len(r.chain) and r.chain[n] == content) and r.cur != content:
                    return [('LIST', w._replace(bad='a runner acted on batch %d, its successor does not know it' % n))]
        return go('LIST: still the tail', pc='ogc')
    if pc == 'ogc':
        old = sorted(x for x in w.slots if x[0] < r.ino and (x[1][0] != 'E' or mut == 'CLAIM objects are deleted'))
        if mut == 'old log deleted up to the tail':
            old = sorted(x for x in w.slots if x[0] <= r.ino)
        if not old:
            return step(put_runner(w, i, r._replace(pc='orphan')), i, c)
        return go('DELETE slot %d' % old[0][0], w._replace(slots=w.slots - {old[0]}))

    # -- the sink's side of the opening ------------------------------------------------------------
    if pc == 'sfence':
        w2 = w
        if sink == 'sql' and mut != 'no epoch in the sink':
            w2 = w._replace(sink=(max(w.sink[0], r.epoch), w.sink[1]))
        if sink == 'kafka' and mut != 'no epoch in the sink':
            w2 = w._replace(sink=(r.inc, w.sink[1]))
        if mut == 'ledger before sink fence':
            return go('fence sink', w2, pc='commit' if r.ret == 'deliver' else ('stage' if r.ret else 'plan'), ret=None)
        return [('fence sink', put_runner(w2, i, check(r, 'ledger', c)))]
    if pc == 'ledger':
        n, after = len(r.chain), 'sfence' if mut == 'ledger before sink fence' else None
        if sink in ARBITER:
            k = len(w.sink[1])
            if k == n:
                if w.sink[1] != r.chain:
                    return [('read ledger', stuck(w, i, r, c, 'the ledger has another content'))]
                return go('read ledger: %d' % k, known(w, r), done=n, pc=after or 'plan')
            if k == n - 1:
                if c['files'] and n > 1 and not state_ok(w, r, n - 2):
                    return [('read ledger', stuck(w, i, r, c, 'state of batch %d is missing' % (n - 2)))]
                if r.chain[-1][1] < w.forgot:
                    return [('read ledger', stuck(w, i, r, c, 'the source no longer has batch %d' % (n - 1)))]
                again = r.chain[-1][:3] + (r.inc,)      # same plan, run again
                return go('read ledger: %d, batch %d again' % (k, n - 1), chain=r.chain[:-1], done=n - 1, cur=again,
                          ret='again' if after else None, pc=after or 'stage')
            return [('read ledger', stuck(w, i, r, c, 'ledger has %d batches, the log %d' % (k, n)))]
        if c['files'] and n and not state_ok(w, r, n - 1):
            return [('load state', stuck(w, i, r, c, 'state of batch %d is missing or damaged' % (n - 1)))]
        if sink == 'early':
            return go('planned batch again' if r.cur else 'nothing pending', known(w, r), pc='commit' if r.cur else 'plan')
        if r.done < n:
            if mut == 'run again instead of roll forward':
                again = r.chain[-1][:3] + (r.inc,)
                return go('batch %d again' % (n - 1), chain=r.chain[:-1], cur=again, pc='stage')
            return go('deliver batch %d' % (n - 1), pc='commit')
        return go('nothing pending', known(w, r), pc='plan')

    # -- one batch ---------------------------------------------------------------------------------
    if pc == 'plan':
        at = r.chain[-1][2] if r.chain else 0
        n = len(r.chain)
        if at == c['rows']:
            return go('no more input', pc='donew')
        if c['files'] and n and not state_ok(w, r, n - 1):
            return [('load state', stuck(w, i, r, c, 'state of batch %d is missing or damaged' % (n - 1)))]
        out = []
        for size in c['extents']:
            if at + size <= c['rows']:
                tag = 0 if sink == 'early' else r.inc
                nxt = 'planw' if sink == 'early' else 'stage'
                out += go('compute batch %d, rows %d-%d' % (n, at, at + size), cur=(n, at, at + size, tag), pc=nxt)
        return out
    if pc == 'planw':
        s = seg_of(w, r.ino)
        w2 = with_seg(w, (s[0], padded(s[1], r.slot)[:r.slot] + (('P', r.cur, r.done),), s[2], s[3]))
        return go('write PLAN %d' % r.cur[0], w2, slot=r.slot + 1, pc='recs', ret='plan-record')
    if pc == 'stage':           # state and output files: unique name, written, synced before the record names them
        n = r.cur[0]
        if not c['files'] and sink != 'manifest':
            return step(put_runner(w, i, r._replace(pc='recw')), i, c)
        uniq = 0 if mut == 'file names are reused' else r.inc
        fe = 0 if mut == 'file names are reused' else r.epoch
        w2, live, out = w, r.live, r.out
        if c['files']:
            name = ('state', n, fe, uniq)
            old = [f for f in w2.files if f[0] == name]
            w2 = with_file(w2, (name, r.chain + (r.cur,), old[0][2] if old else None, True, old[0][4] if old else False))
            live = tuple(x for x in live if x[0] != n) + ((n, name),)
        if sink == 'manifest':
            out = ('out', n, fe, uniq)
            old = [f for f in w2.files if f[0] == out]
            w2 = with_file(w2, (out, r.cur, old[0][2] if old else None, True, old[0][4] if old else False))
        return go('write files of batch %d' % n, w2, live=live, out=out, pc='stagesync')
    if pc == 'stagesync':
        w2 = w
        for f in w.files:
            mine = f[3] and (f[0] == r.out or f in [file_of(w, x) for m, x in r.live if m == r.cur[0]])
            if mine:
                no_file = mut == 'no sync of state files' and f[0][0] == 'state' or mut == 'no sync of output files' and f[0][0] == 'out'
                no_dir = mut == 'no folder sync of state files' and f[0][0] == 'state'
                w2 = with_file(w2, (f[0], f[1], f[2] if no_file else f[1], True, f[4] if no_dir else True))
        out = go('fsync files, folder', w2, pc='recw')
        if w.ferrs:
            out += [('fsync files: EIO', put_runner(w._replace(ferrs=w.ferrs - 1), i, STOPPED))]
        return out
    if pc == 'recw':
        n, claimed = r.cur[0], r.done
        if mut == 'DONE counted too early':
            claimed = n + 1
        if sink == 'early':
            claimed = n + 1
        rec = ('B', n, r.cur, claimed, r.live, r.out)
        chain = r.chain + (r.cur,)
        if c['variant'] == 'object':
            return oput(w, i, r, c, rec, dict(chain=chain, cur=None), 'gcfile')
        if mut == 'sink before record' and sink != 'early':
            r2 = r._replace(chain=chain, pc='commit', ret='late', cur=rec)
            return [('(sink first)', put_runner(w, i, r2))]
        s = seg_of(w, r.ino)
        w2 = with_seg(w, (s[0], padded(s[1], r.slot)[:r.slot] + (rec,) + s[1][r.slot + 1:], s[2], s[3]))
        if mut == 'sink before sync':
            return go('write record %d' % n, w2, slot=r.slot + 1, chain=chain, cur=None, pc='commit', ret='sync')
        return go('write record %d' % n, w2, slot=r.slot + 1, chain=chain, cur=None, pc='recs')
    if pc == 'gcfile':          # allowed by what the durable, checked record says is delivered
        safe = min(durable_done(w, r, c), len(r.chain))
        upto = len(r.chain) if mut == 'source committed with the record' else safe
        safe = len(r.chain) if mut == 'GC before DONE is durable' else safe
        w2 = w
        if c['files']:
            for n, f in r.live:
                if n < safe - 1:
                    w2 = drop_file(w2, f)
        w2 = w2._replace(forgot=max(w.forgot, r.chain[upto - 1][2] if upto else 0))
        live = tuple(x for x in r.live if x[0] >= safe - 1)
        delivered = sink == 'early' and seg_of(w, r.ino)[1][r.slot - 1][0] == 'B'
        nxt = 'acknowledge' if delivered else 'commit' if r.done < len(r.chain) else \
            'end' if r.chain[-1][2] == c['rows'] else 'plan'
        if nxt == 'acknowledge':
            return ack(w2, i, r._replace(live=live), c)
        if w2 == w:
            if nxt in ('end', 'plan'):
                return go('finished' if nxt == 'end' else 'nothing to release', live=live, pc=nxt)
            return step(put_runner(w, i, r._replace(pc=nxt, live=live)), i, c)
        return go('release what batch %d needed' % (safe - 1), w2, live=live, pc=nxt)
    if pc == 'commit':
        return commit(w, i, r, c)
    if pc == 'mansync':
        if mut == 'no folder sync of the manifest':
            return ack(w, i, r, c, '(no folder sync), ')
        return ack(w._replace(sink=(w.sink[0], w.sink[0])), i, r, c, 'fsync manifest folder, ')
    if pc == 'late':            # only in a mutant
        if c['variant'] == 'object':
            return oput(w, i, r._replace(ret='late'), c, r.cur, dict(cur=None, ret=None), 'plan')
        s = seg_of(w, r.ino)
        w2 = with_seg(w, (s[0], padded(s[1], r.slot)[:r.slot] + (r.cur,), s[2], s[3]))
        return go('write record (late)', w2, slot=r.slot + 1, cur=None, pc='recs')
    if pc == 'donew':           # idle or end: a record that only carries DONE
        if c['variant'] == 'object':
            return oput(w, i, r, c, ('D', r.done), {}, 'gcfile' if r.chain else 'end')
        s = seg_of(w, r.ino)
        w2 = with_seg(w, (s[0], padded(s[1], r.slot)[:r.slot] + (('D', r.done),), s[2], s[3]))
        return go('write DONE', w2, slot=r.slot + 1, pc='recs')
    raise AssertionError(pc)


def durable_done(w, r, c):
    if c['variant'] == 'object':
        rec = [x for k, x in w.slots if k == r.slot - 1]
        return (rec[0][4] if rec[0][0] == 'B' else rec[0][2]) if rec else 0
    rec = seg_of(w, r.ino)[1][r.slot - 1]
    return rec[3] if rec[0] == 'B' else rec[1]


def state_ok(w, r, n):
    for m, name in r.live:
        if m == n:
            f = file_of(w, name)
            return f is not None and f[1] == r.chain[:n + 1]
    return False


def oput(w, i, r, c, rec, change, nxt):
    """PUT If-None-Match: the record is durable, ordered and fenced at once."""
    mut, taken = c['mut'], dict(w.slots).get(r.slot)
    rec = (rec[0], r.inc) + rec[1:]
    out = []
    if mut == 'sink before record' and rec[0] == 'B' and r.ret != 'late':
        return [('(sink first)', put_runner(w, i, r._replace(pc='commit', ret='late', cur=rec[:1] + rec[2:], **{k: v for k, v in change.items() if k != 'cur'})))]
    if taken is not None and mut == '412: next slot':
        return [('PUT %s at %d: 412' % (rec[0], r.slot), put_runner(w, i, r._replace(slot=r.slot + 1)))]
    if taken is not None and taken != rec and mut not in ('PUT without If-None-Match', '412 read as success'):
        return [('PUT %s at %d: 412' % (rec[0], r.slot), put_runner(w, i, STOPPED))]
    slots = w.slots if taken is not None and mut == '412 read as success' else \
        frozenset(x for x in w.slots if x[0] != r.slot) | {(r.slot, rec)}
    w2 = w._replace(slots=slots)
    r2 = r._replace(slot=r.slot + 1, pc=nxt, **change)
    out = [('PUT %s at %d' % (rec[0], r.slot), put_runner(w2, i, r2))]
    if w.ferrs and taken is None:
        w3 = w2._replace(ferrs=w.ferrs - 1)
        # The same PUT again: 412, GET shows my own bytes, so it is mine.
        out += [('PUT at %d: answer lost' % r.slot, put_runner(w3, i, r))]
    return out


def known(w, r):
    """A successor acknowledges what it finds delivered; its predecessor may have died before it could."""
    return w if len(w.acked) >= len(r.chain) else w._replace(acked=r.chain)


def commit(w, i, r, c):
    sink, mut = c['sink'], c['mut']
    content = r.cur if sink == 'early' else r.chain[-1]
    n = content[0]
    acted = w.acted | {(n, content)}
    if sink == 'sql':
        epoch, log = w.sink
        if mut != 'no epoch in the sink' and epoch != r.epoch:
            return [('sink: fenced', put_runner(w, i, STOPPED))]
        if len(log) == n:
            return ack(w._replace(sink=(epoch, log + (content,)), acted=acted), i, r, c, 'SQL commit %d, ' % n)
        if mut == 'no epoch in the sink':
            return ack(w, i, r, c, 'SQL: already there, ')
        return [('SQL commit', stuck(w, i, r, c, 'ledger moved'))]
    if sink == 'kafka':
        owner, log = w.sink
        if mut != 'no epoch in the sink' and owner != r.inc:
            # Fenced in the sink, perhaps by a zombie: if the log still is mine, fence again and ask the marker.
            return [('producer fenced', put_runner(w, i, check(r, 'sfence', c) if newest(w, r, c) else STOPPED))]
        return ack(w._replace(sink=(owner, log + (content,)), acted=acted), i, r, c, 'Kafka commit %d, ' % n)
    if sink == 'manifest':
        entries = dict(w.sink[0])
        if n in entries:
            f = file_of(w, entries[n])
            if f is None or f[1] != content:
                if mut == 'run again instead of roll forward':
                    return ack(w, i, r, c, 'manifest %d exists, ' % n)
                return [('link manifest', stuck(w, i, r, c, 'manifest has another content'))]
        else:
            entries[n] = r.out
        w2 = w._replace(sink=(tuple(sorted(entries.items())), w.sink[1]), acted=acted)
        return [('link manifest %d' % n, put_runner(w2, i, r._replace(pc='mansync')))]
    got = dict(w.sink)
    got[n] = frozenset(got.get(n, frozenset()) | {content})
    w2 = w._replace(sink=tuple(sorted(got.items(), key=lambda x: x[0])), acted=acted)
    if sink == 'early':
        return [('deliver %d' % n, put_runner(w2, i, r._replace(pc='recw', ret=None)))]
    return ack(w2, i, r, c, 'deliver %d, ' % n)


def ack(w, i, r, c, label=''):
    late = r.ret
    w = w._replace(acked=w.acked if len(w.acked) >= len(r.chain) and w.acked[:len(r.chain)] == r.chain else r.chain)
    r = r._replace(done=len(r.chain), pc='plan', ret=None)
    if late == 'sync':
        r = r._replace(pc='recs')
    if late == 'late':          # mutant: the record follows the sink
        r = r._replace(pc='late')
    return [(label + 'acknowledge', put_runner(w, i, r))]


# ---- faults --------------------------------------------------------------------------------------
def after_power_loss(w, c):
    """Every state the disk may be in. Unsynced entries and records each survive, vanish or tear."""
    if c['variant'] == 'object':
        return []
    diff = sorted(w.names ^ w.dnames)
    name_sets = [w.dnames ^ frozenset(x) for k in range(len(diff) + 1) for x in itertools.combinations(diff, k)]
    choices = []
    for s in w.segs:
        per = []
        for k, v in enumerate(s[1]):
            d = s[2][k] if k < len(s[2]) else None
            per.append([v] if v == d else [d] if k in s[3] else [d, v, TORN])
        choices.append([(s[0], x, x, ()) for x in itertools.product(*per)])
    file_choices = []
    for f in w.files:
        there = [True] if f[3] and f[4] else [False] if not f[3] and not f[4] else [True, False]
        data = [f[1]] if f[1] == f[2] else [f[2] if f[2] is not None else TORN, f[1], TORN]
        file_choices.append([None if not t else (f[0], d, d, True, True) for t in there for d in (data if t else data[:1])])
    sinks = [w.sink]
    if c['sink'] == 'manifest':
        vol, dur = w.sink
        diff = [x for x in vol if x not in dur]
        sinks = []
        for k in range(len(diff) + 1):
            for x in itertools.combinations(diff, k):
                s = tuple(sorted(dur + x))
                sinks.append((s, s))
    runners = tuple(DEAD if r.pc != 'off' else r for r in w.runners)
    out = []
    for names in name_sets:
        inodes = {ino for _, ino in names}
        for segs in itertools.product(*choices):
            for files in itertools.product(*file_choices):
                for sink in sinks:
                    out.append(w._replace(names=names, dnames=names, segs=tuple(s for s in segs if s[0] in inodes),
                                          files=tuple(f for f in files if f), sink=sink, runners=runners, powers=w.powers - 1))
    return out


def trim(w):
    """Drop what nobody can reach any more, so that equal situations are one state."""
    inodes = {ino for _, ino in w.names | w.dnames} | {r.ino for r in w.runners if r.pc not in ACTIVE_NOT}
    segs = tuple(s for s in w.segs if s[0] in inodes)
    return w if len(segs) == len(w.segs) else w._replace(segs=segs)


def successors(w, c):
    work, faults = [], []
    active = [r.pc not in ACTIVE_NOT for r in w.runners]
    for i, r in enumerate(w.runners):
        name = 'AB'[i] if i < 2 else str(i)
        if active[i]:
            work += [('%s: %s' % (name, label), trim(x)) for label, x in step(w, i, c)]
            if w.kills:
                faults.append(('%s: KILLED' % name, trim(put_runner(w, i, DEAD)._replace(kills=w.kills - 1))))
        elif r.pc == 'off':
            work += [('%s: start, %s' % (name, label), x) for label, x in start(w, i, c)]
        elif r.pc in ('dead', 'stopped'):
            if not any(active) and not any(x.pc == 'end' for x in w.runners):
                work += [('%s: restart, %s' % (name, label), x) for label, x in start(w, i, c)]
            elif w.spare:
                work += [('%s: restart beside the other, %s' % (name, label), x._replace(spare=w.spare - 1)) for label, x in start(w, i, c)]
    if w.powers and any(r.pc != 'off' for r in w.runners):
        faults += [('POWER LOSS', trim(x)) for x in after_power_loss(w, c)]
    return work, faults


def explore(c, limit=3_000_000):
    """Breadth-first over all states. Returns (states, transitions, depth, violation, trace)."""
    first = initial(c)
    parent, todo, transitions = {first: None}, deque([(first, 0)]), 0
    depth = 0
    while todo:
        w, depth = todo.popleft()
        work, faults = successors(w, c)
        wrong = violation(w, c)
        if not wrong and not work:
            v = view(w, c)
            if not any(r.pc == 'end' for r in w.runners) or not v or v[-1][2] != c['rows'] or w.acked != v:
                wrong = 'no runner can continue, the input is not finished'
        if wrong:
            trace, at = [], w
            while parent[at]:
                at, label = parent[at]
                trace.append(label)
            return len(parent), transitions, depth, wrong, trace[::-1]
        for label, x in itertools.chain(work, faults):
            transitions += 1
            if x not in parent:
                parent[x] = (w, label)
                todo.append((x, depth + 1))
        if len(parent) > limit:
            return len(parent), transitions, depth, 'LIMIT', []
    return len(parent), transitions, depth, None, []


# ---- what is run ---------------------------------------------------------------------------------
CONFIGS = [      # name, budgets of the default run, budgets of --deep
    ('local, SQL ledger, kill', dict(sink='sql', powers=0), dict(kills=2, powers=0)),
    ('local, SQL ledger, power loss', dict(sink='sql', kills=0), dict(kills=1)),
    ('local, Kafka transaction', dict(sink='kafka', rows=1, extents=(1,)), dict(rows=2, extents=(1, 2))),
    ('local, outbox (foreachBatch, webhook), kill', dict(sink='outbox', powers=0), dict(kills=2, powers=0)),
    ('local, outbox (foreachBatch, webhook), power loss', dict(sink='outbox', kills=0), dict(kills=1)),
    ('local, PLAN first (early effects)', dict(sink='early', rows=1, kills=1, extents=(1,)), dict(rows=2, kills=0)),
    ('local, file manifest', dict(sink='manifest', kills=0, extents=(1,)), dict(kills=1)),
    ('local, state in files, SQL', dict(sink='sql', files=True, kills=0, extents=(1,)), dict(kills=1)),
    ('local, state in files, three batches, GC', dict(sink='sql', files=True, rows=3, extents=(1,), powers=0), dict(kills=2)),
    ('local, fsync error, SQL', dict(sink='sql', rows=1, extents=(1,), kills=0, ferrs=1), dict(rows=2, extents=(1, 2))),
    ('local, fsync error, outbox', dict(sink='outbox', rows=1, extents=(1,), kills=0, ferrs=1), dict(kills=1)),
    ('local, third runner beside a zombie', dict(sink='sql', extents=(1,), powers=0, spare=1), dict(extents=(1, 2))),
    ('local, third runner beside a zombie, Kafka', dict(sink='kafka', rows=1, extents=(1,), powers=0, spare=1), dict(rows=2)),
    ('local, one runner, two losses of power', dict(sink='outbox', runners=1, kills=0, powers=2, ferrs=1), dict(kills=1)),
    ('local, one runner, files, two losses of power', dict(sink='manifest', files=True, runners=1, kills=0, powers=2), dict(ferrs=1)),
    ('object store, SQL ledger', dict(variant='object', sink='sql', kills=1, ferrs=1, spare=1), dict(kills=2)),
    ('object store, Kafka transaction', dict(variant='object', sink='kafka', kills=1, ferrs=1, spare=1, extents=(1,)), dict(kills=2)),
    ('object store, manifest, state objects', dict(variant='object', sink='manifest', files=True, kills=1, ferrs=1, spare=1), dict(kills=2)),
    ('object store, outbox, three batches', dict(variant='object', sink='outbox', rows=3, extents=(1,), kills=1, ferrs=1, spare=1), dict(kills=2)),
]

MUTANTS = [      # name, the smallest situation in which it must be found
    ('no sync of the record', dict(sink='sql', runners=1, kills=0)),
    ('no sync of BASE', dict(sink='outbox', kills=1, powers=1, rows=1, extents=(1,))),
    ('no folder sync after claim', dict(sink='sql', runners=1, kills=0)),
    ('sink before record', dict(sink='sql', runners=1, powers=0)),
    ('sink before sync', dict(sink='outbox', runners=1, kills=0)),
    ('no check after sync', dict(sink='outbox', kills=0, powers=0)),
    ('read before claim', dict(sink='outbox', kills=0, powers=0)),
    ('rename instead of link', dict(sink='outbox', kills=0, powers=0)),
    ('one shared segment', dict(sink='outbox', kills=1, powers=0)),
    ('file names are reused', dict(sink='sql', files=True, kills=1, powers=0)),
    ('no sync of state files', dict(sink='sql', files=True, runners=1, kills=0)),
    ('no folder sync of state files', dict(sink='sql', files=True, runners=1, kills=0)),
    ('no sync of output files', dict(sink='manifest', runners=1, kills=0)),
    ('no folder sync of the manifest', dict(sink='manifest', runners=1, kills=0)),
    ('DONE counted too early', dict(sink='outbox', runners=1, powers=0)),
    ('GC before DONE is durable', dict(sink='sql', files=True, runners=1, kills=1, powers=0, extents=(1,), rows=3)),
    ('source committed with the record', dict(sink='sql', runners=1, kills=1, powers=0)),
    ('no epoch in the sink', dict(sink='sql', kills=0, powers=0)),
    ('no epoch in the sink', dict(sink='kafka', kills=0, powers=0)),
    ('ledger before sink fence', dict(sink='sql', kills=0, powers=0)),
    ('run again instead of roll forward', dict(sink='manifest', kills=0, powers=0)),
    ('sync again after an error', dict(sink='sql', runners=1, kills=0, powers=1, ferrs=1)),
    ('BASE refers to the old tail', dict(sink='outbox', runners=1, kills=0, powers=2, ferrs=1)),
    ('torn tail is fatal', dict(sink='sql', runners=1, kills=0)),
    ('no list after claim', dict(sink='outbox', rows=1, extents=(1,), kills=2, powers=0, spare=2)),
    ('no link count in the check', dict(sink='outbox', rows=2, extents=(1,), kills=1, powers=0, spare=1)),
    ('link count before name', dict(sink='outbox', rows=2, extents=(1,), kills=1, powers=0, spare=1)),
    ('unlink newest first', dict(sink='outbox', rows=2, extents=(1,), kills=2, powers=0, spare=1)),
    ('orphans without epoch', dict(sink='sql', files=True, rows=2, extents=(1,), kills=0, powers=0)),
    ('PUT without If-None-Match', dict(variant='object', sink='outbox', kills=0)),
    ('CLAIM objects are deleted', dict(variant='object', sink='outbox', kills=1, spare=1)),
    ('no list after claim', dict(variant='object', sink='outbox', kills=1, spare=1)),
    ('old log deleted up to the tail', dict(variant='object', sink='outbox', kills=1)),
    ('412 read as success', dict(variant='object', sink='outbox', kills=0)),
    ('epoch not from the claim', dict(variant='object', sink='sql', kills=1)),
    ('412: next slot', dict(variant='object', sink='outbox', kills=0)),
    ('sink before record', dict(variant='object', sink='sql', runners=1, kills=1)),
    ('GC before DONE is durable', dict(variant='object', sink='sql', files=True, runners=1, kills=1, extents=(1,), rows=3)),
    ('no epoch in the sink', dict(variant='object', sink='kafka', kills=0)),
]


def outcomes(w, c, batch):
    """What recovery does with a batch from this world on, with no further fault."""
    seen, found, todo = {w}, set(), [(w, ())]
    while todo:
        x, said = todo.pop()
        if violation(x, c):
            found.add('VIOLATION')
            continue
        work, _ = successors(x._replace(kills=0, powers=0, ferrs=0, spare=0), c)
        if not work:
            found.add(said[0] if said else 'already known to be delivered')
        for label, y in work:
            if c['runners'] == 1 and y not in seen:
                seen.add(y)
                now = ()
                if 'compute batch %d,' % batch in label:
                    now = ('planned anew',)
                elif ', batch %d again' % batch in label:
                    now = ('ledger lacks it: same plan run again',)
                elif 'deliver batch %d' % batch in label:
                    now = ('same content delivered again',)
                elif 'read ledger: %d' % (batch + 1) in label:
                    now = ('ledger has it: nothing to do',)
                elif 'planned batch again' in label:
                    now = ('same plan, delivered again',)
                todo.append((y, said or now))
    return found


def table():
    """Walk one batch without faults; crash after every step; list what may become of the batch."""
    names = {'sql': 'SQL ledger (Kafka alike)', 'manifest': 'file manifest', 'outbox': 'outbox', 'early': 'PLAN first'}
    for variant, sinks in (('local', ('sql', 'manifest', 'outbox', 'early')), ('object', ('sql', 'outbox'))):
        for sink in sinks:
            c = config(variant=variant, sink=sink, files=sink in ('sql', 'manifest'), rows=2, extents=(1,), runners=1, kills=1, powers=1)
            print('\n#### %s, %s\n\n| after step | kill | power loss |\n| --- | --- | --- |' % (variant, names[sink]))
            w, shown = initial(c), False
            while True:
                work, faults = successors(w, c)
                if not work:
                    break
                label, w = work[0]
                shown = shown or 'compute batch 1' in label
                if not shown:
                    continue
                cells = {'KILLED': set(), 'POWER': set()}
                for fault, x in successors(w, c)[1]:
                    cells['KILLED' if 'KILLED' in fault else 'POWER'] |= outcomes(x, c, 1)
                if w.runners[0].pc == 'end':
                    cells['KILLED'] = {'already known to be delivered'}
                print('| %s | %s | %s |' % (label[3:], '; or '.join(sorted(cells['KILLED'])),
                      '; or '.join(sorted(cells['POWER'])) or ('-' if variant == 'local' else 'as kill')))


def run_one(job):
    kind, name, settings = job
    gc.disable()            # millions of tuples, no cycles
    at = time.time()
    return (kind, name, settings) + explore(config(**settings)) + (time.time() - at,)


def describe(s):
    c = config(**s)
    parts = [c['variant'], c['sink'], '%d rows' % c['rows'], '%d runner%s' % (c['runners'], 's' * (c['runners'] > 1))]
    parts += ['%d %s' % (c[k], t) for k, t in (('kills', 'kills'), ('powers', 'power losses'), ('ferrs', 'I/O errors'), ('spare', 'extra runner')) if c[k] and not (c['variant'] == 'object' and k == 'powers')]
    return ', '.join(parts + ['state in files'] * c['files'])


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--deep', action='store_true')
    p.add_argument('--only')
    p.add_argument('--table', action='store_true')
    p.add_argument('--jobs', type=int, default=multiprocessing.cpu_count())
    a = p.parse_args()
    if a.table:
        return table()
    jobs = [('hold', n, dict(s, **(more if a.deep else {}))) for n, s, more in CONFIGS]
    jobs += [('mutant', n, dict(s, mut=n)) for n, s in MUTANTS]
    if a.only:
        jobs = [j for j in jobs if a.only in j[1]]
    began, failed, states, found, partly = time.time(), 0, 0, 0, 0
    with multiprocessing.Pool(a.jobs, maxtasksperchild=1) as pool:
        for kind, name, settings, n, t, depth, wrong, trace, secs in pool.imap(run_one, jobs, chunksize=1):
            if kind == 'hold':
                states += n
                ok = wrong in (None, 'LIMIT')      # LIMIT: breadth first, so all shorter histories were visited
                partly += wrong == 'LIMIT'
                wrong = None if ok else wrong
                print('%-5s %-48s %9d states %9d transitions  depth %3d  %5.1f s   (%s)' % ('FAILS' if not ok else 'HOLDS' if n <= 3_000_000 else 'SO FAR', name, n, t, depth, secs, describe(settings)))
            else:
                ok = wrong is not None and wrong != 'LIMIT'
                found += ok
                print('%-6s mutant "%s": %d states, %.1f s   (%s)' % ('FOUND' if ok else 'MISSED', name, n, secs, describe(settings)))
            if wrong:
                print('        ' + wrong)
                for label in trace:
                    print('          ' + label)
            failed += not ok
            sys.stdout.flush()
    print('%d states; invariants hold in %d of %d configurations (%d cut off at 3 M states); %d of %d mutants found; %.0f s' % (
        states, sum(j[0] == 'hold' for j in jobs) - failed + sum(j[0] == 'mutant' for j in jobs) - found, sum(j[0] == 'hold' for j in jobs),
        partly, found, sum(j[0] == 'mutant' for j in jobs), time.time() - began))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
