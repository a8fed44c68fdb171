using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

using Lodestone.Cli.Hosting;

namespace Lodestone.Cli.Commands;

/// <summary>The command line as a whole: which commands there are, and what becomes of errors.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs one command line. Returns one of <see cref="ExitCodes"/>.</summary>
    public static async Task<int> RunAsync(string[] arguments, TimeProvider timeProvider)
    {
        ParseResult result = Create(timeProvider).Parse(arguments);
        if (result.Errors.Count > 0 && result.Action is ParseErrorAction)
        {
            return Usage(result, arguments);
        }

        using var signals = new TerminationSignals(timeProvider);
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration, signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
#pragma warning disable CA1031 // The last resort: whatever is not understood further down becomes one line, with the rest on request.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync("lodestone: " + OneLine(e));
            if (result.GetValue(CommonOptions.Verbose))
            {
                await Console.Error.WriteLineAsync(e.ToString());
            }

            return e is CommandException { ExitCode: var exitCode } ? exitCode : ExitCodes.Failed;
        }
    }

    /// <summary>The tree of commands.</summary>
    public static RootCommand Create(TimeProvider timeProvider)
    {
        var root = new RootCommand("Lodestone, an L3/L4 load balancer with a Kubernetes-style API and an eBPF data path.")
        {
            DemoCommand.Create(timeProvider),
            LabCommand.Create(timeProvider),
            ServerCommand.Create(timeProvider),
            ApiServerCommand.Create(timeProvider),
            ControllerCommand.Create(timeProvider),
            AgentCommand.Create(timeProvider),
            TokenCommand.Create(timeProvider),
            CredentialsCommand.Create(timeProvider),
            ManifestsCommand.Create(),
            StoreCommand.Create(timeProvider),
            DrainCommand.Create(timeProvider),
            DrainCommand.CreateUndrain(timeProvider),
            DoctorCommand.Create(),
            TraceCommand.Create(timeProvider),
            CountersCommand.Create(timeProvider),
            EventsCommand.Create(timeProvider),
            FlowsCommand.Create(timeProvider),
            BenchCommand.Create(),
            SimulateCommand.Create(timeProvider),
            VersionCommand.Create(),
            WorkloadCommand.Create(),
        };
        root.Options.Add(CommonOptions.Verbose);
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                option.Action = new HelpWithExamples(help);
            }
        }

        return root;
    }

    private static int Usage(ParseResult result, string[] arguments)
    {
        Command command = result.CommandResult.Command;
        string path = command is RootCommand ? "lodestone" : $"lodestone {command.Name}";
        string message = arguments.Length == 0 ? "which command?"
            : result.UnmatchedTokens.Count > 0 ? $"'{result.UnmatchedTokens[0]}' is not understood."
            : OneLine(result.Errors[0].Message);
        Console.Error.WriteLine($"lodestone: {message} See '{path} --help'.");
        return ExitCodes.Usage;
    }

    private static string OneLine(Exception exception)
    {
        string message = OneLine(exception.Message);
        return exception is CommandException or IOException or UnauthorizedAccessException || exception.InnerException is null
            ? message
            : $"{message} ({OneLine(exception.InnerException.Message)})";
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
