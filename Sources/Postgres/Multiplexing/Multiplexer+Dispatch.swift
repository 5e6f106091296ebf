extension Multiplexer {
    /// Sends waiting segments for as long as a connection takes one, the owners in turn.
    func dispatch(_ now: ContinuousClock.Instant) {
        guard !queue.isEmpty else { return }
        let limit = configuration.inFlightPerOwner
        let slow = slowOwners(now)
        while slots.contains(where: { $0.isOpen(now: now) }) {
            let next = queue.popFirst { inFlightByOwner[$0, default: 0] < limit && !slow.contains($0) }
            guard let next else { return }
            guard !next.element.work.isSettled else { continue }
            guard let channel = pick(next.owner, now) else { return }
            send(next.element, channel, now)
        }
    }

    /// Owners that keep a connection from everybody: they get no second one before it answers.
    private func slowOwners(_ now: ContinuousClock.Instant) -> [UInt64] {
        slots.compactMap { slot in
            guard slot.isStalled(now: now), let owner = slot.channel?.pipeline.front?.segment.scope.owner else {
                return nil
            }
            return owner == StatementScope.shared.owner ? nil : owner
        }
    }

    /// One of the owner's own two connections: the first, or the second when that has much less to do. Any other only when
    /// somebody else keeps both. So no owner is on every connection, and a backend's caches hold few owners.
    private func pick(_ owner: UInt64, _ now: ContinuousClock.Instant) -> Channel? {
        guard owner != StatementScope.shared.owner else { return idlest(now) }
        let hash = Int((owner &* 0x9E37_79B9_7F4A_7C15) >> 33)
        let first = hash % slots.count
        let second = slots.count > 1 ? (first + 1 + hash / slots.count % (slots.count - 1)) % slots.count : first
        switch (slots[first].open(now: now), slots[second].open(now: now)) {
        case (let first?, let second?): return first.inFlight <= second.inFlight + 4 ? first : second
        case (let own?, nil), (nil, let own?): return own
        case (nil, nil): return idlest(now)
        }
    }

    private func idlest(_ now: ContinuousClock.Instant) -> Channel? {
        slots.compactMap { $0.open(now: now) }.min { $0.inFlight < $1.inFlight }
    }

    /// Asks reads that wait behind another owner's slow segment again, elsewhere. Whichever answer comes first counts.
    func overtake(_ now: ContinuousClock.Instant) {
        for slot in slots where slot.isStalled(now: now) {
            for work in slot.channel?.overtake() ?? [] {
                queue.append(Queued(work: work, isRetry: false), owner: work.segment.scope.owner)
            }
        }
    }

    func send(_ queued: Queued, _ channel: Channel, _ now: ContinuousClock.Instant) {
        inFlightByOwner[queued.work.segment.scope.owner, default: 0] += 1
        do {
            try channel.send(queued.work, isRetry: queued.isRetry, now: now)
        } catch {
            let error = error as? PostgresError ?? PostgresError(.connectionLost, "\(error)")
            settle(channel.lose(error), channel, now)
        }
    }
}
