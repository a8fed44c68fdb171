using System.CommandLine;
using System.Globalization;

using Lodestone.ApiServer;
using Lodestone.ApiServer.Audit;

namespace Lodestone.Cli.Commands;

/// <summary>The options that <c>apiserver</c> and <c>server</c> share beside where data is kept and requests are served.</summary>
internal sealed class ApiServerCommandOptions
{
    private readonly Option<string?> _auditLog = new("--audit-log")
    {
        Description = "Append an audit event for each request to this file, a JSON line each; - is stdout. Default: no audit log.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _auditPolicy = new("--audit-policy")
    {
        Description = "An audit.k8s.io/v1 Policy, YAML or JSON. Default: changes with what was sent, all else without, secrets never.",
        HelpName = "FILE",
    };

    private readonly Option<int> _auditMaxSize = Number("--audit-log-max-size", "Begin a new audit log after so many megabytes; 0 for never.", "MB", new AuditOptions { LogFile = "" }.MaxSizeMegabytes, 0);
    private readonly Option<int> _auditMaxAge = Number("--audit-log-max-age", "Delete old audit logs after so many days; 0 for never.", "DAYS", new AuditOptions { LogFile = "" }.MaxAgeDays, 0);
    private readonly Option<int> _auditMaxBackups = Number("--audit-log-max-backups", "Keep so many old audit logs; 0 for all.", "NUMBER", new AuditOptions { LogFile = "" }.MaxBackups, 0);
    private readonly Option<int> _maxReadOnly = Number("--max-requests-inflight", "Requests that change nothing and are executed at the same time; more wait.", "NUMBER", 400, 1);
    private readonly Option<int> _maxMutating = Number("--max-mutating-requests-inflight", "Requests that change something and are executed at the same time; more wait.", "NUMBER", 200, 1);
    private readonly Option<int> _requestTimeout = Number("--request-timeout", "Seconds after which a request is ended that is no watch.", "SECONDS", 60, 1);

    private readonly Option<string> _agentCertificates = new("--agent-certificate-duration")
    {
        Description = "How long certificates of agents that joined are valid. They are renewed after two thirds of it; an agent that was off for longer joins anew.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => "30d",
    };

    private readonly Option<int> _shutdownDelay = Number("--shutdown-delay", "Seconds to go on answering after a stop was asked for, while /readyz says not ready.", "SECONDS", 0, 0);

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_auditLog);
        command.Options.Add(_auditPolicy);
        command.Options.Add(_auditMaxSize);
        command.Options.Add(_auditMaxAge);
        command.Options.Add(_auditMaxBackups);
        command.Options.Add(_maxReadOnly);
        command.Options.Add(_maxMutating);
        command.Options.Add(_requestTimeout);
        command.Options.Add(_shutdownDelay);
        command.Options.Add(_agentCertificates);
    }

    /// <summary>What the user said, in <paramref name="options"/>.</summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public LodestoneApiServerOptions Apply(ParseResult result, LodestoneApiServerOptions options)
    {
        string? log = result.GetValue(_auditLog);
        string? policy = result.GetValue(_auditPolicy);
        if (log is null && policy is not null)
        {
            throw new CommandException("--audit-policy says what to log, --audit-log FILE where; it is missing.", ExitCodes.Usage);
        }

        if (policy is not null)
        {
            Check(policy);
        }

        return options with
        {
            Audit = log is null ? null : new AuditOptions
            {
                LogFile = log,
                PolicyFile = policy,
                MaxSizeMegabytes = result.GetValue(_auditMaxSize),
                MaxAgeDays = result.GetValue(_auditMaxAge),
                MaxBackups = result.GetValue(_auditMaxBackups),
            },
            AgentCertificateValidity = DurationArgument.Parse("--agent-certificate-duration", result.GetRequiredValue(_agentCertificates)),
            MaxReadOnlyInFlight = result.GetValue(_maxReadOnly),
            MaxMutatingInFlight = result.GetValue(_maxMutating),
            RequestTimeout = TimeSpan.FromSeconds(result.GetValue(_requestTimeout)),
            ShutdownDelay = TimeSpan.FromSeconds(result.GetValue(_shutdownDelay)),
        };
    }

    private static void Check(string policy)
    {
        try
        {
            AuditPolicyFile.Check(policy);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--audit-policy: {exception.Message}", ExitCodes.Usage);
        }
    }

    private static Option<int> Number(string name, string description, string unit, int initial, int smallest)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = unit,
            DefaultValueFactory = _ => initial,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) || value < smallest))
            {
                result.AddError($"{name} '{result.Tokens[0].Value}' is not a whole number of at least {smallest.ToString(CultureInfo.InvariantCulture)}.");
            }
        });
        return option;
    }
}
