// swift-tools-version: 6.2
import PackageDescription

// The map: targets in dependency order; each imports only what stands before it.
let package = Package(
    name: "polls",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Postgres", targets: ["Postgres"]),
        .library(name: "EmbeddedPostgres", targets: ["EmbeddedPostgres"]),
        .library(name: "Tenancy", targets: ["Tenancy"]),
        .library(name: "Provisioning", targets: ["Provisioning"]),
        .library(name: "Deployment", targets: ["Deployment"]),
        .executable(name: "polls-server", targets: ["polls-server"]),
        .executable(name: "polls-admin", targets: ["polls-admin"]),
        .executable(name: "polls-bench", targets: ["polls-bench"]),
    ],
    dependencies: [
        // The HTTP server.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // One `run()` for each long-lived part, and signals.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Queues that pop at the front in constant time.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // SHA-256 of tokens and of migrations.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // The private PostgreSQL's processes.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        // Tests speak to the server as a client would.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // One system call that Swift cannot make by itself, for polls-bench.
        .systemLibrary(name: "CSubreaper"),
        .target(
            name: "Postgres",
            dependencies: [
                "CLibpq",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "EmbeddedPostgres",
            dependencies: [
                "CLibpq", "Postgres",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        .target(
            name: "Tenancy",
            dependencies: [
                "Postgres",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(name: "Migrations", path: "sql", resources: [.embedInCode("control"), .embedInCode("tenant")]),
        .target(
            name: "Provisioning",
            dependencies: [
                "Postgres", "Tenancy",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // The container level: files as pure functions, and what runs them.
        .target(
            name: "Deployment",
            dependencies: [
                "EmbeddedPostgres", "Postgres", "Provisioning", "Tenancy",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        // What the server and the operator's tool share: settings, and where PostgreSQL is.
        .target(
            name: "Settings",
            dependencies: [
                "EmbeddedPostgres", "Migrations", "Postgres",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // HTML as a literal that escapes: the product's pages, and the comparison's report.
        .target(name: "Markup"),
        .target(
            name: "Polls",
            dependencies: [
                "Markup", "Postgres", "Tenancy",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "polls-server",
            dependencies: [
                "Migrations", "Polls", "Postgres", "Settings", "Tenancy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "polls-admin",
            dependencies: [
                "Deployment", "EmbeddedPostgres", "Migrations", "Postgres", "Provisioning", "Settings", "Tenancy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .executableTarget(
            name: "polls-bench",
            dependencies: [
                "CSubreaper", "EmbeddedPostgres", "Markup", "Migrations", "Postgres",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "EmbeddedPostgres", "Migrations", "Polls", "Postgres", "Provisioning", "Tenancy",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            path: "Tests/TestSupport"
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "Postgres", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        .testTarget(
            name: "EmbeddedPostgresTests",
            dependencies: ["CLibpq", "EmbeddedPostgres", "Postgres", .product(name: "Logging", package: "swift-log")]
        ),
        .testTarget(
            name: "SettingsTests",
            dependencies: [
                "polls-admin", "polls-server", "Settings", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(name: "MarkupTests", dependencies: ["Markup"]),
        .testTarget(name: "TenancyTests", dependencies: ["Tenancy"]),
        .testTarget(
            name: "ProvisioningTests",
            dependencies: ["Migrations", "Postgres", "Provisioning", "Tenancy", "TestSupport"]
        ),
        .testTarget(
            name: "PollsTests",
            dependencies: [
                "Polls", "polls-server", "Postgres", "Provisioning", "Tenancy", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        .testTarget(
            name: "DeploymentTests",
            dependencies: [
                "Deployment", "EmbeddedPostgres", "Migrations", "Postgres", "Provisioning", "Tenancy", "TestSupport",
                "polls-server",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Golden"]
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Postgres", "polls-server", "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        .testTarget(
            name: "BenchTests",
            dependencies: ["polls-bench", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),
        .testTarget(
            name: "AdminTests",
            dependencies: [
                "Deployment", "Migrations", "Postgres", "polls-admin", "polls-server", "Provisioning", "Tenancy",
                "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
    ]
)
