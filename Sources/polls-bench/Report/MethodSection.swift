import Markup

/// How it was measured, on what, and what is missing.
struct MethodSection {
    let comparison: Comparison

    var html: HTML {
        let (run, machine) = (comparison.run, comparison.machine)
        return """
            <section class="method">
            <h2>How this was measured</h2>
            <p>Each level and number of tenants has a deployment of its own: nginx, the shared server and its PostgreSQL are the base; \
            what tenants add is beyond it. Memory is the sum of the proportional set sizes (Pss in smaps_rollup) of every process, so \
            that shared pages count once. The load comes from the same machine. Each measurement under load takes \
            \(run.seconds) s, \(run.rounds == 1 ? "once" : "\(run.rounds) times, and medians count"). Tenants are asked in an \
            order that the seed \(String(run.seed)) gives. Absolute figures vary with the machine: compare the ratios.</p>
            <p>The container level ran as \(run.runtime.meaning): \(run.runtimeReason).</p>
            \(lacking)
            <dl class="machine">
            <div><dt>processor</dt><dd>\(machine.processor), \(machine.cores) cores</dd></div>
            <div><dt>memory</dt><dd>\(Units.bytes(Double(machine.memory)))</dd></div>
            <div><dt>kernel</dt><dd>\(machine.kernel)</dd></div>
            <div><dt>programs</dt><dd>PostgreSQL \(machine.postgres), nginx \(machine.nginx), wrk \(machine.wrk), \
            polls (\(run.build) build)</dd></div>
            <div><dt>begun</dt><dd>\(run.date)</dd></div>
            <div><dt>seed</dt><dd>\(String(run.seed))</dd></div>
            </dl>
            </section>
            """
    }

    private var lacking: HTML? {
        let lacking = comparison.lacking
        guard !lacking.isEmpty else { return nil }
        return """
            <h3 id="lacking">Not measured</h3>
            <ul>\(lacking.map { "<li><b>\($0.what)</b>: \($0.why)</li>" as HTML })</ul>
            """
    }
}
