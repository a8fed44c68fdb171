using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

using Lodestone.ApiServer.Storage.Tools;
using Lodestone.Cli.Commands;
using Lodestone.Cli.Counters;
using Lodestone.Cli.Demo.Report;
using Lodestone.Cli.Doctor;
using Lodestone.Cli.Events;
using Lodestone.Cli.Joining;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Trace;

namespace Lodestone.Cli;

/// <summary>Source-generated JSON for what the commands print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(VersionReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(SimulationReport))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(LabReport))]
[JsonSerializable(typeof(TraceReport))]
[JsonSerializable(typeof(CountersReport))]
[JsonSerializable(typeof(ReportedEvent))]
[JsonSerializable(typeof(EventsEnd))]
[JsonSerializable(typeof(FlowsReport))]
[JsonSerializable(typeof(StoreReport))]
[JsonSerializable(typeof(TokenReport))]
[JsonSerializable(typeof(StoreBackup))]
[JsonSerializable(typeof(StoreRestore))]
internal sealed partial class CliJsonContext : JsonSerializerContext
{
    /// <summary>The context to print with: without escapes that only HTML needs.</summary>
    /// <remarks>Made on first use: the order of initializers in the generated part is not ours.</remarks>
    public static CliJsonContext Printed => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The same, an object in one line.</summary>
    public static CliJsonContext Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = false });
}
