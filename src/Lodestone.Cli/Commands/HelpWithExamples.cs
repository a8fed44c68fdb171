using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Lodestone.Cli.Commands;

/// <summary>The library's help, followed by a command's details and examples.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int result = inner.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is LodestoneCommand command)
        {
            if (command.Details is not null)
            {
                output.WriteLine(command.Details.TrimEnd());
                output.WriteLine();
            }

            if (command.Examples.Count > 0)
            {
                output.WriteLine("Examples:");
                foreach (string example in command.Examples)
                {
                    output.WriteLine($"  lodestone {example}");
                }

                output.WriteLine();
            }
        }
        else
        {
            output.WriteLine(
                """
                Exit codes:
                  0    done; every promise held
                  1    failed, or a check found something broken
                  2    the command line is wrong
                  3    root or a capability is missing
                  130  interrupted

                Start with 'lodestone demo' (needs root), or 'lodestone server --no-agent' and kubectl.
                """);
        }

        return result;
    }
}
