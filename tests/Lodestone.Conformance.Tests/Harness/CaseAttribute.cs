using System.Runtime.CompilerServices;

namespace Lodestone.Conformance.Tests.Harness;

/// <summary>One behaviour of a Kubernetes API server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaseAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : FactAttribute(file, line);
