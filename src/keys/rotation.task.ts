import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { KeyUpkeep } from './key-upkeep.js';

/** Has the keys moved on when they are due, on every broker. */
@Injectable()
export class RotationTask implements OnModuleInit {
  constructor(
    private readonly upkeep: KeyUpkeep,
    private readonly registry: SchedulerRegistry,
  ) {}

  onModuleInit(): void {
    const interval = setInterval(() => void this.upkeep.run(), this.upkeep.everyMs);
    this.registry.addInterval('keys', interval);
  }
}
