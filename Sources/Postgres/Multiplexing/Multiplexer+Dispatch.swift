extension Multiplexer {
    /// Sends waiting segments for as long as a connection takes one, the owners in turn.
    func dispatch(_ now: ContinuousClock.Instant) {
        guard !queue.isEmpty else { return }
        let slow = slowOwners(now)
        while slots.contains(where: { $0.isOpen(now: now) }) {
            let next = queue.popFirst { owner in slow.contains(owner) ? nil : pick(owner, now) }
            guard let next else { return }
            guard !next.element.work.isSettled else { continue }
            send(next.element, next.place, now)
        }
    }

    /// How many segments of an owner one connection takes before it answers.
    private func inFlightLimit(_ owner: UInt64) -> Int {
        if let limit = configuration.inFlightPerOwner { return limit }
        let hasAll = configuration.connectionsPerOwner.map { $0 >= slots.count } ?? false
        return hasAll || owner == StatementScope.shared.owner ? Slot.depth : 4
    }

    /// Owners that keep as many connections from everybody as they may have: they wait for their own.
    private func slowOwners(_ now: ContinuousClock.Instant) -> [UInt64] {
        let slow = slots.compactMap { slot in
            slot.isStalled(now: now) ? slot.channel?.pipeline.front?.segment.scope.owner : nil
        }
        guard slow.count >= connectionsPerOwner else { return [] }
        return slow.filter { owner in
            owner != StatementScope.shared.owner && slow.count { $0 == owner } >= connectionsPerOwner
        }
    }

    private var connectionsPerOwner: Int {
        min(configuration.connectionsPerOwner ?? max(1, slots.count / 2), slots.count)
    }

    /// One of the owner's own connections: the first, or another one that has much less to do. Any other only when somebody
    /// else keeps all of those. So no owner is on every connection, and a backend's caches hold few owners.
    /// - Returns: `nil` when the owner has as much under way as it may have where it may go.
    private func pick(_ owner: UInt64, _ now: ContinuousClock.Instant) -> Channel? {
        let limit = inFlightLimit(owner)
        guard owner != StatementScope.shared.owner else { return idlest(owner, limit, now) }
        let first = Int((owner &* 0x9E37_79B9_7F4A_7C15) >> 33) % slots.count
        var best: (channel: Channel, cost: Int)?
        var isAnyOpen = false
        for offset in 0..<connectionsPerOwner {
            guard let channel = slots[(first + offset) % slots.count].open(now: now) else { continue }
            isAnyOpen = true
            guard channel.inFlight(of: owner) < limit else { continue }
            let cost = channel.inFlight + (offset == 0 ? 0 : 5)
            if cost < best?.cost ?? .max { best = (channel, cost) }
        }
        return isAnyOpen ? best?.channel : idlest(owner, limit, now)
    }

    private func idlest(_ owner: UInt64, _ limit: Int, _ now: ContinuousClock.Instant) -> Channel? {
        slots.compactMap { $0.open(now: now) }.filter { $0.inFlight(of: owner) < limit }
            .min { $0.inFlight < $1.inFlight }
    }

    /// Asks reads that wait behind another owner's slow segment again, elsewhere, and each once. Whichever answer comes
    /// first counts. Where all are slow, it is the server that is, and had to do all of it twice.
    func overtake(_ now: ContinuousClock.Instant) {
        guard slots.contains(where: { $0.open(now: now)?.isQuick == true }) else { return }
        for slot in slots where slot.isStalled(now: now) {
            for work in slot.channel?.overtake() ?? [] {
                queue.append(Queued(work: work, isRetry: false), owner: work.segment.scope.owner)
            }
        }
    }

    func send(_ queued: Queued, _ channel: Channel, _ now: ContinuousClock.Instant) {
        inFlight += 1
        do {
            try channel.send(queued.work, isRetry: queued.isRetry, now: now)
        } catch {
            let error = error as? PostgresError ?? PostgresError(.connectionLost, "\(error)")
            settle(channel.lose(error), channel, now)
        }
    }
}
