using Lodestone.Api.Schemas;

namespace Lodestone.Api.Platform;

/// <summary>Schema of <see cref="HealthCheck"/>: in policies, and in routings as the hosts of targets are told.</summary>
internal static class HealthCheckSchema
{
    private const string Package = PlatformSchemas.Package;

    private static readonly SchemaProperty TcpPort = new("port", Schema.Int32, "The port, 1 to 65535; the LoadBalancer's first TCP port where it is not given.");

    public static Schema Instance { get; } = new()
    {
        Name = Package + "HealthCheck",
        Type = SchemaType.Object,
        Description = "How the agent of a network interface's Host finds out whether it works, in the way that clients' packets take, with the LoadBalancer's address as destination. Exactly one of tcp, http, udp and icmp. Checks come from 169.254.76.83 and fe80::6c:6f64:6573:746f.",
        Properties =
        [
            new("tcp", new()
            {
                Name = Package + "TcpHealthCheck",
                Type = SchemaType.Object,
                Description = "By connecting: well is what takes the connection, which is then reset. With all fields at their defaults: tcp: {}.",
                Properties = [TcpPort],
            }, "By connecting: well is what takes the connection, which is then reset. With all fields at their defaults: tcp: {}."),
            new("http", new()
            {
                Name = Package + "HttpHealthCheck",
                Type = SchemaType.Object,
                Description = "By a GET: well is what answers with an expected status. Redirects are not followed. With all fields at their defaults: http: {}.",
                Properties =
                [
                    TcpPort,
                    new("path", Schema.String, "Path and query of the request, at most 512 characters; / where it is not given."),
                    new("host", Schema.String, "Header Host and, with HTTPS, the server name asked for (SNI); the LoadBalancer's address, and none, where it is not given."),
                    new("scheme", Schema.OneOf("HTTP", HttpHealthCheck.Https), "HTTP, where it is not given, or HTTPS. Certificates are not verified: it is a check of the target, not of who it is."),
                    new("expectedStatuses", Schema.ListOf(Schema.String), "Statuses and ranges of them, such as 200 and 200-399, which it is where none is given. At most 16."),
                ],
            }, "By a GET: well is what answers with an expected status. Redirects are not followed. With all fields at their defaults: http: {}."),
            new("udp", new()
            {
                Name = Package + "UdpHealthCheck",
                Type = SchemaType.Object,
                Description = "By a datagram: well is what answers it or, unless requireReply is set, does not refuse it by ICMP. With all fields at their defaults: udp: {}.",
                Properties =
                [
                    new("port", Schema.Int32, "The port, 1 to 65535; the LoadBalancer's first UDP port where it is not given."),
                    new("payload", Schema.String, "What is sent, at most 512 characters; \"lodestone health check\" where it is not given."),
                    new("requireReply", Schema.Boolean, "Whether silence until timeoutSeconds is a failure. Where it is not given it is none, since most servers do not answer what they do not understand."),
                ],
            }, "By a datagram: well is what answers it or, unless requireReply is set, does not refuse it by ICMP. With all fields at their defaults: udp: {}."),
            new("icmp", new()
            {
                Name = Package + "IcmpHealthCheck",
                Type = SchemaType.Object,
                Description = "By an echo request: well is what answers it with what it was sent. It says that the workload's network stack is there, and nothing of any server: icmp: {}.",
                Properties = [],
            }, "By an echo request: well is what answers it with what it was sent. It says that the workload's network stack is there, and nothing of any server: icmp: {}."),
            new("intervalSeconds", Schema.Int32, "Seconds between two checks of a target, 1 to 300; 5 where it is not given. Until the first result it is a second."),
            new("timeoutSeconds", Schema.Int32, "Seconds that a check may take, 1 to intervalSeconds; 2, or intervalSeconds where that is less, where it is not given."),
            new("healthyThreshold", Schema.Int32, "Successes in a row that make an unhealthy target healthy, 1 to 10; 2 where it is not given. One that was never checked needs one."),
            new("unhealthyThreshold", Schema.Int32, "Failures in a row that make a target unhealthy, 1 to 10; 3 where it is not given."),
            new("jitterPercent", Schema.Int32, "By how much of the interval, in percent, a check comes earlier or later, at random, 0 to 50; 10 where it is not given."),
            new("establishedFlows", Schema.OneOf(HealthCheck.Keep, HealthCheck.Move), "What becomes of flows of a target that is found unhealthy. Move, where it is not given: they go to other targets at once, as those of a target that died. Keep: they stay for drainSeconds, as those of a target that left."),
        ],
    };
}
